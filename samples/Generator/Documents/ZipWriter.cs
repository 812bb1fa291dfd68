using System.IO.Compression;
using System.Text;

namespace Geobuk.Samples.Generator.Documents;

/// <summary>Writes ZIP archives whose bytes depend on nothing but their content.</summary>
public static class ZipWriter
{
    private static readonly DateTimeOffset s_date = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The archive; the first part is stored as it is, as formats with a mimetype ask.</summary>
    public static byte[] Write(params (string Name, string Content)[] parts)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < parts.Length; i++)
            {
                var entry = archive.CreateEntry(parts[i].Name, i == 0 ? CompressionLevel.NoCompression : CompressionLevel.Optimal);
                entry.LastWriteTime = s_date;
                using var content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(parts[i].Content));
            }
        }
        return stream.ToArray();
    }
}
