using System.Security.Cryptography;
using System.Text;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Cli.Runs;

/// <summary>SHA-256 of files and folders, in lower-case hexadecimal digits.</summary>
internal static class ContentHash
{
    /// <summary>Of a file: of its bytes. Of a folder: of the sorted list of relative paths and their hashes.</summary>
    public static string Of(string path, CancellationToken cancellation)
    {
        if (File.Exists(path)) return OfFile(path, cancellation);
        var list = new StringBuilder();
        foreach (var file in FilesBelow(path))
            list.Append(OfFile(Path.Combine(path, file), cancellation)).Append(' ').Append(file).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())));
    }

    /// <summary>Of a file's bytes.</summary>
    public static string OfFile(string path, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var buffer = new byte[1 << 20];
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Size of a file, through links; null where there is none.</summary>
    public static long? SizeOf(string path)
    {
        try
        {
            return FileSize.Of(path);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Relative paths with '/', in ordinal order, the same on every system.</summary>
    public static IReadOnlyList<string> FilesBelow(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal),
    ];
}
