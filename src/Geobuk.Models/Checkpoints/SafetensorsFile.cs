using System.Buffers.Binary;

namespace Geobuk.Models.Checkpoints;

/// <summary>
/// A memory-mapped safetensors file: u64 header length, JSON header, data. Nothing is allocated from a claim of the file
/// before the claim is checked against its length.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const long MaxHeaderBytes = 100_000_000;

    private readonly MappedFile _file;
    private readonly Dictionary<string, SafetensorsTensor> _tensors;

    private SafetensorsFile(string path)
    {
        Path = path;
        _file = MappedFile.Open(path, sizeof(ulong), "a safetensors file");
        try
        {
            _tensors = ReadHeader();
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
    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="UserInputException">The file is missing, truncated or inconsistent.</exception>
    public static SafetensorsFile Open(string path) => new(path);

    /// <summary>The stored bytes; valid while the file is open.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsTensor tensor) => new(_file.Start + tensor.Offset, checked((int)tensor.Bytes));

    /// <summary>Address of the stored bytes; valid while the file is open.</summary>
    public byte* Pointer(SafetensorsTensor tensor) => _file.Start + tensor.Offset;

    /// <summary>Copies stored bytes from an offset within the tensor on; unlike a look through <see cref="Bytes"/> it leaves nothing of the file in the process's memory.</summary>
    /// <exception cref="UserInputException">The file has become shorter since it was opened, or cannot be read.</exception>
    public void Read(SafetensorsTensor tensor, long offset, Span<byte> target) => _file.Read(tensor.Offset + offset, target);

    /// <summary>Gives back the memory of all that was looked at.</summary>
    public void Release() => MappedFile.Release(_file.Start, Length);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private Dictionary<string, SafetensorsTensor> ReadHeader()
    {
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_file.Start, sizeof(ulong)));
        var most = Math.Min(MaxHeaderBytes, Length - sizeof(ulong));
        if (headerLength > (ulong)most)
            throw Fault($"a header of {headerLength} bytes in a file of {Length}", $"at most {most}", "The file is truncated or not safetensors: fetch it again");
        var json = new ReadOnlySpan<byte>(_file.Start + sizeof(ulong), (int)headerLength);
        var dataStart = sizeof(ulong) + (long)headerLength;
        var tensors = new SafetensorsHeaderReader(json, dataStart, Length, Fault).Read();
        CheckCoverage(tensors.Values, dataStart);
        return tensors;
    }

    /// <summary>Tensors must tile the data without gap or overlap, as the format demands.</summary>
    private void CheckCoverage(IEnumerable<SafetensorsTensor> tensors, long dataStart)
    {
        var position = dataStart;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
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
