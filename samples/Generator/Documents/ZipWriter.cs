using System.IO.Compression;
using System.Text;

namespace Geobuk.Samples.Generator.Documents;

/// <summary>Writes ZIP archives whose bytes depend on nothing but their content: nothing is compressed, since compressors differ from version to version.</summary>
public static class ZipWriter
{
    private static readonly DateTimeOffset s_date = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The archive.</summary>
    public static byte[] Write(params (string Name, string Content)[] parts)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < parts.Length; i++)
            {
                var entry = archive.CreateEntry(parts[i].Name, CompressionLevel.NoCompression);
                entry.LastWriteTime = s_date;
                using var content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(parts[i].Content));
            }
        }
        return stream.ToArray();
    }
}
