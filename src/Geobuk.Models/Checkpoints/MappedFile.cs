using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Geobuk.Models.Checkpoints;

/// <summary>A whole file mapped into memory for reading, and readable without the mapping.</summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private MappedFile(string path, int smallest, string kind)
    {
        (_path, _handle) = (path, File.OpenHandle(path));
        try
        {
            Length = RandomAccess.GetLength(_handle);
            if (Length < smallest) throw new UserInputException($"{path}: {Length} bytes; expected at least the {smallest} bytes with which {kind} starts. The file is truncated: fetch it again.");
            _file = MemoryMappedFile.CreateFromFile(_handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _file?.Dispose();
            _handle.Dispose();
            throw;
        }
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start;
    }

    /// <summary>Address of the first byte.</summary>
    public byte* Start { get; }
    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Maps a file of at least <paramref name="smallest"/> bytes; <paramref name="kind"/> names it in errors.</summary>
    /// <exception cref="UserInputException">The file is missing, shorter, or cannot be opened.</exception>
    public static MappedFile Open(string path, int smallest, string kind)
    {
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected {kind}. Check the path.");
        try
        {
            return new MappedFile(path, smallest, kind);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserInputException($"{path}: cannot be read ({e.Message}); expected {kind}. Check the file and its permissions.", e);
        }
    }

    /// <summary>
    /// Fills a span from a place of the file on, past the mapping: how much of a file one look into its mapping makes memory of the
    /// process is for the system to say (whole pieces of its cache, up to megabytes), and a walk would be as large as those.
    /// </summary>
    /// <exception cref="UserInputException">The file has become shorter since it was opened, or cannot be read.</exception>
    public void Read(long offset, Span<byte> target)
    {
        try
        {
            while (target.Length > 0)
            {
                var read = RandomAccess.Read(_handle, target, offset);
                if (read == 0) throw new UserInputException($"{_path}: ends before byte {offset}; expected the {Length} bytes that it had when it was opened. Something changed the file meanwhile: leave it alone and start again.");
                offset += read;
                target = target[read..];
            }
        }
        catch (IOException e)
        {
            throw new UserInputException($"{_path}: cannot be read at byte {offset} ({e.Message}); expected {Length} readable bytes. Check the disk.", e);
        }
    }

    /// <summary>
    /// Lets go of the memory of a part that will not be read again soon; reading it later fetches it from the file. Without this a
    /// walk through a file counts as memory of the process. Does nothing where the system has no such call.
    /// </summary>
    public static void Release(byte* start, long bytes)
    {
        const long Page = 4096;
        const int DoNotNeed = 4;
        var first = ((long)start + Page - 1) & -Page;
        var end = ((long)start + bytes) & -Page;
        if (OperatingSystem.IsLinux() && end > first) _ = Advise((void*)first, (nuint)(end - first), DoNotNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
