using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Files in folders that jobs may write: a job could put a pipe there, which whoever opens it would wait for, for ever. Here nothing
/// but a plain file is read, and no more of it than wanted.
/// </summary>
public static partial class PlainFile
{
    // Of Linux, on all processors that .NET runs on.
    private const int NonBlocking = 0x800, CloseOnExec = 0x80000;

    /// <summary>Opens a plain file to read; null where it is not there, or no plain file.</summary>
    /// <exception cref="IOException">It may not be read.</exception>
    public static FileStream? Open(string path)
    {
        if (!File.Exists(path)) return null;
        if (!OperatingSystem.IsLinux()) return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var handle = new SafeFileHandle(OpenFile(path, NonBlocking | CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid)
        {
            handle.Dispose();
            return File.Exists(path) ? throw new IOException($"{path}: cannot be read") : null;
        }
        var file = new FileStream(handle, FileAccess.Read);
        if (file.CanSeek) return file;
        file.Dispose();
        return null;
    }

    /// <summary>The text of a small file; null where there is no plain file, or it is larger.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes at most.</param>
    public static string? Read(string path, int most = 1 << 16)
    {
        using var file = Open(path);
        if (file is null || file.Length > most) return null;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
