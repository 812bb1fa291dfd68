namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>
/// A memory-mapped GGUF file, version 2 or 3, little-endian: head (metadata and tensor table), padding, tensor data.
/// Opening reads and validates the whole head, so that every <see cref="GgufTensor"/> lies inside the file; the data is
/// touched only when it is asked for. Format: ggml's docs/gguf.md.
/// </summary>
public sealed unsafe class GgufFile : IDisposable
{
    private const uint Magic = 0x46554747;
    private const int HeadBytes = 24;
    private const long DefaultAlignment = 32;

    private readonly MappedFile _file;
    private readonly Dictionary<string, GgufTensor> _byName;

    private GgufFile(string path)
    {
        Path = path;
        _file = MappedFile.Open(path, HeadBytes, "a GGUF model");
        try
        {
            var cursor = new GgufCursor(path, _file.Start, Length);
            Version = ReadVersion(cursor);
            var tensorCount = cursor.ReadCount("tensor count", GgufTensorReader.SmallestEntryBytes);
            var keyCount = cursor.ReadCount("key count", GgufMetadataReader.SmallestEntryBytes);
            Metadata = GgufMetadataReader.Read(cursor, keyCount);
            Alignment = ReadAlignment(cursor);
            var tensors = GgufTensorReader.Read(cursor, tensorCount, Alignment);
            var dataStart = (cursor.Position + Alignment - 1) / Alignment * Alignment;
            Tensors = GgufTensorReader.Place(cursor, tensors, dataStart, Length);
            _byName = Tensors.ToDictionary(tensor => tensor.Name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }
    /// <summary>Bytes of the file.</summary>
    public long Length => _file.Length;
    /// <summary>2 or 3.</summary>
    public int Version { get; }
    /// <summary>Alignment of tensor data.</summary>
    public long Alignment { get; }
    /// <summary>Every key and its value.</summary>
    public IReadOnlyDictionary<string, GgufValue> Metadata { get; }
    /// <summary>Every tensor, in the order of the file.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="UserInputException">The file is missing, of another kind, truncated or inconsistent; says where.</exception>
    public static GgufFile Open(string path) => new(path);

    /// <summary>A tensor by name.</summary>
    /// <exception cref="UserInputException">The file has no such tensor.</exception>
    public GgufTensor Find(string name) => TryFind(name)
        ?? throw new UserInputException($"{Path}: tensor {name} is missing; expected it in a model of this architecture. Write or fetch the file again.");

    /// <summary>A tensor by name, or null.</summary>
    public GgufTensor? TryFind(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Address of a tensor's data; valid while the file is open.</summary>
    public byte* Pointer(GgufTensor tensor) => _file.Start + tensor.Offset;

    /// <summary>Gives back the memory of all that was read; it can be read again.</summary>
    public void Release() => MappedFile.Release(_file.Start, _file.Length);

    /// <summary>A tensor's data, up to 2 GiB; valid while the file is open.</summary>
    public ReadOnlySpan<byte> Data(GgufTensor tensor) => new(_file.Start + tensor.Offset, checked((int)tensor.Bytes));

    /// <summary>A text that must be there.</summary>
    public string GetString(string key) => TryGetString(key) ?? throw Missing(key, "a text");
    /// <summary>A text, or null where the key is absent.</summary>
    public string? TryGetString(string key) => Typed(key, value => value.AsText(), "a text");

    /// <summary>An integer that must be there and fit 32 bits.</summary>
    public int GetInt(string key) => TryGetInt(key) ?? throw Missing(key, "an integer");
    /// <summary>An integer of any width that fits 32 bits, or null where the key is absent.</summary>
    public int? TryGetInt(string key) =>
        (int?)Typed(key, value => value.AsInteger() is >= int.MinValue and <= int.MaxValue and var number ? (object)(int)number : null, "an integer of 32 bits");

    /// <summary>A number that must be there.</summary>
    public double GetNumber(string key) => TryGetNumber(key) ?? throw Missing(key, "a number");
    /// <summary>A number, or null where the key is absent.</summary>
    public double? TryGetNumber(string key) => (double?)Typed(key, value => (object?)value.AsNumber(), "a number");

    /// <summary>A truth value, or null where the key is absent.</summary>
    public bool? TryGetBoolean(string key) => (bool?)Typed(key, value => (object?)value.AsBoolean(), "a truth value");

    /// <summary>A text array that must be there.</summary>
    public IReadOnlyList<string> GetStrings(string key) => TryGetStrings(key) ?? throw Missing(key, "an array of texts");
    /// <summary>A text array, or null where the key is absent.</summary>
    public IReadOnlyList<string>? TryGetStrings(string key) => Typed(key, value => value.AsTexts(), "an array of texts");

    /// <summary>An integer array that must be there.</summary>
    public int[] GetInts(string key) => TryGetInts(key) ?? throw Missing(key, "an array of integers");
    /// <summary>An integer array, or null where the key is absent.</summary>
    public int[]? TryGetInts(string key) => Typed(key, value => value.AsIntegers(), "an array of integers of 32 bits");

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static int ReadVersion(GgufCursor cursor)
    {
        var magic = cursor.Read<uint>("magic");
        if (magic != Magic) throw cursor.Fault($"the first four bytes are {magic:x8}", "the letters GGUF");
        var version = cursor.Read<uint>("version");
        if (version is 2 or 3) return (int)version;
        if (version != 0 && (version & 0xFFFF) == 0) throw cursor.Fault($"version {version} looks byte-swapped", "a little-endian file");
        throw cursor.Fault($"GGUF version {version}", "version 2 or 3");
    }

    private long ReadAlignment(GgufCursor cursor)
    {
        if (!Metadata.TryGetValue("general.alignment", out var value)) return DefaultAlignment;
        if (value.Content is uint alignment && alignment >= 8 && (alignment & (alignment - 1)) == 0) return alignment;
        throw cursor.Fault($"general.alignment is {value} of type {value.Type}", "a power of two from 8 up, of type UInt32");
    }

    private T? Typed<T>(string key, Func<GgufValue, T?> convert, string expected) where T : class
    {
        if (!Metadata.TryGetValue(key, out var value)) return null;
        return convert(value) ?? throw new UserInputException($"{Path}: {key} is {value} of type {value.Type}; expected {expected}. Write or fetch the file again.");
    }

    private UserInputException Missing(string key, string expected) =>
        new($"{Path}: {key} is missing; expected {expected}. The file is not a complete model: write or fetch it again.");
}
