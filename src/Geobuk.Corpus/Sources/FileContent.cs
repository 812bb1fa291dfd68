using Geobuk.Models;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Corpus.Sources;

/// <summary>File access whose failures are the user's to mend.</summary>
internal static class FileContent
{
    /// <summary>Opens for sequential reading.</summary>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.Read, Options = FileOptions.SequentialScan, BufferSize = 0 });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Reads <paramref name="length"/> bytes from <paramref name="offset"/>.</summary>
    public static byte[] Read(string path, long offset, long length)
    {
        if (length > Array.MaxLength)
            throw new UserInputException($"{path}: a document of {length} bytes; expected less than 2 GiB. Split it.");
        using var stream = Open(path);
        try
        {
            stream.Position = offset;
            var bytes = new byte[length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Reads a file that is one document.</summary>
    /// <exception cref="RefusedDocumentException">Larger than <see cref="ReadLimits.FileBytes"/>.</exception>
    public static byte[] ReadWhole(string path)
    {
        long length;
        try
        {
            length = FileSize.Of(path);
        }
        catch (IOException e)
        {
            throw Unreadable(path, e);
        }
        if (length > ReadLimits.FileBytes)
            throw new RefusedDocumentException(RefusalReason.TooLarge, $"{path}: a document of {length} bytes; expected at most {ReadLimits.FileBytes}. Split it.");
        return Read(path, 0, length);
    }

    /// <summary>SHA-256 of a file, 64 hexadecimal digits.</summary>
    public static string Sha256(string path)
    {
        using var stream = Open(path);
        try
        {
            return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
        }
        catch (IOException e)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The error for a file that cannot be read.</summary>
    public static UserInputException Unreadable(string path, Exception cause) =>
        new($"{path}: cannot be read ({cause.Message}); expected a readable file. Check its permissions or leave it out of the corpus.", cause);
}
