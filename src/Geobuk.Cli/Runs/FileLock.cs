namespace Geobuk.Cli.Runs;

/// <summary>A lock between processes that the system releases however its holder ends.</summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Takes the lock, or gives null while another process has it. The file stays: deleting it would let two in.</summary>
    public static FileLock? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
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

    public void Dispose() => _stream.Dispose();
}
