namespace Geobuk.Cli.Runs;

/// <summary>A lock between processes that the system releases however its holder ends; who releases it in order leaves no file.</summary>
internal sealed class FileLock : IDisposable
{
    // ERROR_SHARING_VIOLATION on Windows, EWOULDBLOCK of flock elsewhere.
    private static readonly int SharingViolation = OperatingSystem.IsWindows() ? 32 : OperatingSystem.IsMacOS() ? 35 : 11;

    private readonly string _path;
    private readonly FileStream _stream;

    private FileLock(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Takes the lock, or gives null while another process has it.</summary>
    /// <exception cref="IOException">The file cannot be made there.</exception>
    public static FileLock? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            while (true)
            {
                var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, Share);
                if (IsStillAt(path, stream)) return new FileLock(path, stream);
                stream.Dispose();
            }
        }
        catch (IOException fault) when ((fault.HResult & 0xFFFF) == SharingViolation)
        {
            return null;
        }
    }

    /// <summary>Waits for the lock; <paramref name="waiting"/> is called once if it must wait.</summary>
    public static FileLock Take(string path, Action waiting, CancellationToken cancellation)
    {
        for (var first = true; ; first = false)
        {
            if (TryTake(path) is { } taken) return taken;
            if (first) waiting();
            if (cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100))) cancellation.ThrowIfCancellationRequested();
        }
    }

    public void Dispose()
    {
        try
        {
            // Before the lock is released: whoever opened the file meanwhile sees that it is gone, and makes a new one.
            File.Delete(_path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Its folder was removed or closed to us; an old lock file is in nobody's way.
        }
        _stream.Dispose();
    }

    // Elsewhere any other share would be no lock; Windows needs this one to delete what is open, and locks all the same.
    private static FileShare Share => OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    /// <summary>Whether the name leads to the file that was locked: between opening and locking, its last holder may have deleted it.</summary>
    internal static bool IsStillAt(string path, FileStream stream)
    {
        // A random time on the one shows on the other if they are the same.
        File.SetLastWriteTimeUtc(stream.SafeFileHandle, DateTime.UnixEpoch.AddSeconds(Random.Shared.Next()));
        return File.GetLastWriteTimeUtc(path) == File.GetLastWriteTimeUtc(stream.SafeFileHandle);
    }
}
