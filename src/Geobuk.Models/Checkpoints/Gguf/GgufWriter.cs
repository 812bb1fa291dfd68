using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Models.Quantization;
using Microsoft.Win32.SafeHandles;

namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>
/// Writes a GGUF v3 file as a stream: the head is known at the start, then the data of each tensor arrives in any order and
/// in pieces, from several threads if they like. The file stands under a temporary name until <see cref="Complete"/>;
/// without it, nothing remains unless the caller named that file in order to continue it. The disk space is reserved at the start
/// where the file system can.
/// </summary>
public sealed class GgufWriter : IDisposable
{
    private const int Alignment = 32;
    private const int MaxNameBytes = 63;

    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _isKept;
    private readonly SafeFileHandle _handle;
    private readonly IReadOnlyList<GgufTensorToWrite> _tensors;
    private readonly long[] _offsets;
    private long _written;
    private bool _complete;

    private GgufWriter(string path, string? partial, byte[] head, IReadOnlyList<GgufTensorToWrite> tensors, long[] relativeOffsets)
    {
        _path = path;
        _isKept = partial is not null;
        _temporary = partial ?? $"{path}.{Environment.ProcessId}.tmp";
        _tensors = tensors;
        _offsets = Array.ConvertAll(relativeOffsets, offset => head.Length + offset);
        FileBytes = tensors.Count == 0 ? head.Length : Align(_offsets[^1] + tensors[^1].Bytes);
        var exists = _isKept && File.Exists(_temporary);
        _handle = Guard(() => File.OpenHandle(_temporary, exists ? FileMode.Open : FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.None, exists ? 0 : FileBytes));
        try
        {
            Guard(() => RandomAccess.SetLength(_handle, FileBytes));
            Guard(() => RandomAccess.Write(_handle, head, 0));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the finished file.</summary>
    public long FileBytes { get; }

    /// <summary>Starts a file with its whole head.</summary>
    /// <param name="path">Where the finished file will stand.</param>
    /// <param name="metadata">Keys in the order of the file; general.alignment is the default and not written.</param>
    /// <param name="tensors">Tensors in the order of the file.</param>
    /// <param name="partial">The temporary name. That file is continued if it is there (see <see cref="Adopt"/>), and stays where the writing stops; null makes one up that goes with the writer.</param>
    /// <exception cref="ArgumentException">A name is used twice or too long, or a row is no whole number of blocks.</exception>
    /// <exception cref="UserInputException">The place cannot hold the file: says the bytes needed.</exception>
    public static GgufWriter Create(string path, IEnumerable<KeyValuePair<string, GgufValue>> metadata, IReadOnlyList<GgufTensorToWrite> tensors, string? partial = null)
    {
        Check(tensors);
        var offsets = new long[tensors.Count];
        var end = 0L;
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = end;
            end = Align(end + tensors[i].Bytes);
        }
        return new GgufWriter(path, partial, Head([.. metadata], tensors, offsets), tensors, offsets);
    }

    /// <summary>Bytes before the data of a file with such a head.</summary>
    public static long HeadBytes(IEnumerable<KeyValuePair<string, GgufValue>> metadata, IReadOnlyList<GgufTensorToWrite> tensors) =>
        Head([.. metadata], tensors, new long[tensors.Count]).Length;

    /// <summary>Writes a piece of a tensor's data.</summary>
    /// <param name="tensor">Index in the declared order.</param>
    /// <param name="offset">Bytes from the start of that tensor.</param>
    /// <param name="data">The piece; every byte of every tensor is written exactly once.</param>
    public void Write(int tensor, long offset, ReadOnlySpan<byte> data)
    {
        if (offset < 0 || offset + data.Length > _tensors[tensor].Bytes)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{_tensors[tensor].Name}: bytes {offset} to {offset + data.Length} of {_tensors[tensor].Bytes}");
        try
        {
            RandomAccess.Write(_handle, data, _offsets[tensor] + offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
        Interlocked.Add(ref _written, data.Length);
    }

    /// <summary>Counts a tensor as written: its data is in the continued file.</summary>
    public void Adopt(int tensor) => Interlocked.Add(ref _written, _tensors[tensor].Bytes);

    /// <summary>SHA-256 of a tensor's data as it was written, lowercase hexadecimal.</summary>
    public string Digest(int tensor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        for (var done = 0L; done < _tensors[tensor].Bytes;)
        {
            var (at, wanted) = (_offsets[tensor] + done, (int)Math.Min(buffer.Length, _tensors[tensor].Bytes - done));
            var read = Guard(() => RandomAccess.Read(_handle, buffer.AsSpan(0, wanted), at));
            if (read == 0) throw new EndOfStreamException($"{_temporary}: ends inside of {_tensors[tensor].Name}");
            hash.AppendData(buffer, 0, read);
            done += read;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Flushes to disk and gives the file its name.</summary>
    /// <exception cref="InvalidOperationException">Some tensor's data was not written.</exception>
    public void Complete()
    {
        var expected = _tensors.Sum(tensor => tensor.Bytes);
        if (_written != expected) throw new InvalidOperationException($"{_path}: {_written} of {expected} bytes of tensor data were written");
        Guard(() => RandomAccess.FlushToDisk(_handle));
        _handle.Dispose();
        Guard(() => File.Move(_temporary, _path, overwrite: true));
        _complete = true;
    }

    /// <summary>Closes; removes the temporary file unless the file is complete.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (!_complete && !_isKept) File.Delete(_temporary);
    }

    private static long Align(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private static void Check(IReadOnlyList<GgufTensorToWrite> tensors)
    {
        if (tensors.GroupBy(tensor => tensor.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"tensor {twice.Key} is declared twice", nameof(tensors));
        foreach (var tensor in tensors)
        {
            if (Encoding.UTF8.GetByteCount(tensor.Name) is 0 or > MaxNameBytes)
                throw new ArgumentException($"tensor name {tensor.Name} is not of 1 to {MaxNameBytes} bytes", nameof(tensors));
            if (tensor.Dimensions[0] % BlockFormat.Get(tensor.Type).BlockSize != 0)
                throw new ArgumentException($"{tensor.Name}: rows of {tensor.Dimensions[0]} are no whole number of {tensor.Type} blocks", nameof(tensors));
        }
    }

    private static byte[] Head(KeyValuePair<string, GgufValue>[] metadata, IReadOnlyList<GgufTensorToWrite> tensors, long[] offsets)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Length);
        foreach (var (key, value) in metadata)
        {
            WriteText(writer, key);
            writer.Write((int)value.Type);
            WriteValue(writer, value);
        }
        for (var i = 0; i < offsets.Length; i++)
        {
            WriteText(writer, tensors[i].Name);
            writer.Write(tensors[i].Dimensions.Length);
            foreach (var size in tensors[i].Dimensions) writer.Write(size);
            writer.Write((int)tensors[i].Type);
            writer.Write(offsets[i]);
        }
        writer.Write(new byte[Align(stream.Length) - stream.Length]);
        return stream.ToArray();
    }

    private static void WriteValue(BinaryWriter writer, GgufValue value)
    {
        if (value.Content is not Array array)
        {
            WriteScalar(writer, value.Content);
            return;
        }
        writer.Write((int)value.ElementType!.Value);
        writer.Write((ulong)array.Length);
        foreach (var element in array) WriteScalar(writer, element);
    }

    private static void WriteScalar(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case bool truth: writer.Write(truth); break;
            default: WriteText(writer, (string)value); break;
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(_temporary)) File.Delete(_temporary);
            throw Failure(e);
        }
    }

    private UserInputException Failure(Exception fault) => new(
        $"{_path}: the file could not be written ({fault.Message}); expected room for {FileBytes} bytes. Free space on that disk or choose another folder.", fault);
}
