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
    /// <param name="path">The file.</param>
    /// <param name="followLinks">Whether it may lie behind a link: what was opened is looked at, so that no link can be put there in between.</param>
    /// <exception cref="IOException">It may not be read.</exception>
    public static FileStream? Open(string path, bool followLinks = true)
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
        if (file.CanSeek && (followLinks || IsAt(handle, path))) return file;
        file.Dispose();
        return null;
    }

    /// <summary>The text of a small file; null where there is no plain file, or it is larger.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes at most.</param>
    /// <param name="followLinks">Whether it may lie behind a link.</param>
    public static string? Read(string path, int most = 1 << 16, bool followLinks = true)
    {
        using var file = Open(path, followLinks);
        if (file is null || file.Length > most) return null;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    /// <summary>A folder's path with all links in it resolved; as it is where that cannot be told.</summary>
    public static string Real(string folder)
    {
        if (!OperatingSystem.IsLinux()) return folder;
        using var handle = new SafeFileHandle(OpenFile(folder, NonBlocking | CloseOnExec), ownsHandle: true);
        return handle.IsInvalid ? folder : Opened(handle) ?? folder;
    }

    private static bool IsAt(SafeFileHandle handle, string path) => Opened(handle) == path;

    private static string? Opened(SafeFileHandle handle) => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
