namespace Geobuk.Models.Checkpoints;

/// <summary>Sizes of files that may be links, as in a model cache or a run's base artifact.</summary>
public static class FileSize
{
    /// <summary>Bytes of the file that the path leads to; <see cref="FileInfo.Length"/> would give those of the link itself.</summary>
    /// <exception cref="IOException">The file is missing or cannot be opened.</exception>
    public static long Of(string path)
    {
        using var handle = File.OpenHandle(path);
        return RandomAccess.GetLength(handle);
    }
}
