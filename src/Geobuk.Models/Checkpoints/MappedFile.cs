using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Geobuk.Models.Checkpoints;

/// <summary>A whole file mapped into memory for reading.</summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private MappedFile(string path)
    {
        Length = FileSize.Of(path);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _file.Dispose();
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
            var length = FileSize.Of(path);
            if (length < smallest) throw new UserInputException($"{path}: {length} bytes; expected at least the {smallest} bytes with which {kind} starts. The file is truncated: fetch it again.");
            return new MappedFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserInputException($"{path}: cannot be read ({e.Message}); expected {kind}. Check the file and its permissions.", e);
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
