using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace Geobuk.Models.Checkpoints;

/// <summary>
/// A memory-mapped safetensors file: u64 header length, JSON header, data. Nothing is allocated from a claim of the file
/// before the claim is checked against its length.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const long MaxHeaderBytes = 100_000_000;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly Dictionary<string, SafetensorsTensor> _tensors = [];

    private SafetensorsFile(string path)
    {
        Path = path;
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected a safetensors file. Check the path.");
        Length = FileSize.Of(path);
        if (Length < 8) throw Fault($"{Length} bytes", "at least 8", "The file is truncated: fetch it again");
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }
    /// <summary>Bytes of the file.</summary>
    public long Length { get; }
    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="UserInputException">The file is missing, truncated or inconsistent.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new SafetensorsFile(path);
        try
        {
            file.ReadHeader();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The stored bytes; valid while the file is open.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsTensor tensor) => new(_start + tensor.Offset, checked((int)tensor.Bytes));

    /// <summary>Address of the stored bytes; valid while the file is open.</summary>
    public byte* Pointer(SafetensorsTensor tensor) => _start + tensor.Offset;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_start != null) _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    private void ReadHeader()
    {
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_start, 8));
        if (headerLength > MaxHeaderBytes || (long)headerLength > Length - 8)
            throw Fault($"a header of {headerLength} bytes in a file of {Length}", $"at most {Math.Min(MaxHeaderBytes, Length - 8)}", "The file is truncated or not safetensors: fetch it again");
        var dataStart = 8 + (long)headerLength;
        var header = Parse(new ReadOnlySpan<byte>(_start + 8, (int)headerLength));
        foreach (var property in header.EnumerateObject().Where(property => property.Name != "__metadata__"))
        {
            if (!_tensors.TryAdd(property.Name, ReadTensor(property, dataStart)))
                throw Fault($"tensor {property.Name} twice", "every name once", "Write the file again");
        }
        CheckCoverage(dataStart);
    }

    private JsonElement Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var root = JsonElement.ParseValue(ref reader);
            if (root.ValueKind == JsonValueKind.Object) return root;
        }
        catch (JsonException e)
        {
            throw Fault($"a header that is not JSON ({e.Message})", "a JSON object", "The file is damaged: fetch it again");
        }
        throw Fault("a header that is not a JSON object", "a JSON object", "The file is damaged: fetch it again");
    }

    private SafetensorsTensor ReadTensor(JsonProperty property, long dataStart)
    {
        try
        {
            var typeName = property.Value.GetProperty("dtype").GetString();
            if (!Enum.TryParse<TensorDataType>(typeName, out var type))
                throw Fault($"tensor {property.Name} of type {typeName}", string.Join(", ", Enum.GetNames<TensorDataType>()), "Convert the checkpoint");
            var shape = property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
            var offsets = property.Value.GetProperty("data_offsets");
            var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
            if (begin < 0 || end < begin || end > Length - dataStart)
                throw Fault($"tensor {property.Name} at bytes {begin} to {end} of {Length - dataStart}", "a range inside the file", "The file is truncated: fetch it again");
            var bytes = shape.Aggregate((long)type.Size(), (product, size) => size < 0 ? throw new OverflowException() : checked(product * size));
            if (bytes != end - begin)
                throw Fault($"tensor {property.Name} of shape [{string.Join(", ", shape)}] {type} in {end - begin} bytes", $"{bytes} bytes", "The file is damaged: fetch it again");
            return new SafetensorsTensor(property.Name, type, shape, dataStart + begin, bytes);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw Fault($"tensor {property.Name} described as {property.Value.GetRawText()}", "dtype, shape and data_offsets", "The file is damaged: fetch it again");
        }
    }

    /// <summary>Tensors must tile the data without gap or overlap, as the format demands.</summary>
    private void CheckCoverage(long dataStart)
    {
        var position = dataStart;
        foreach (var tensor in _tensors.Values.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
        {
            if (tensor.Offset != position)
                throw Fault($"tensor {tensor.Name} at byte {tensor.Offset}", $"byte {position}, right after the tensor before it", "The file is damaged: fetch it again");
            position += tensor.Bytes;
        }
        if (position != Length)
            throw Fault($"{Length - position} bytes after the last tensor", "none", "The file is damaged: fetch it again");
    }

    private UserInputException Fault(string found, string expected, string advice) =>
        new($"{Path}: found {found}; expected {expected}. {advice}.");
}
