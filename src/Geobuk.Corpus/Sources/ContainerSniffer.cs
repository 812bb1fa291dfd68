namespace Geobuk.Corpus.Sources;

/// <summary>Tells the container from the first bytes of a file; names are not believed.</summary>
internal static class ContainerSniffer
{
    private const int HeadBytes = 1024;

    /// <summary>What the file at <paramref name="path"/> begins with.</summary>
    public static ContainerKind Of(string path)
    {
        using var stream = FileContent.Open(path);
        Span<byte> head = stackalloc byte[HeadBytes];
        return Of(head[..stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false)]);
    }

    /// <summary>What a file that begins with <paramref name="head"/> is.</summary>
    public static ContainerKind Of(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8)) return ContainerKind.Zip;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])) return ContainerKind.CompoundFile;
        if (head.StartsWith("HWP Document File V"u8)) return ContainerKind.Hwp3;
        if (head.StartsWith("PAR1"u8)) return ContainerKind.Parquet;
        // Some producers put bytes of their own before the PDF header.
        if (head.IndexOf("%PDF-"u8) is >= 0 and < 512 && !LooksLikeText(head)) return ContainerKind.Pdf;
        return head.StartsWith("%PDF-"u8) ? ContainerKind.Pdf : IsBinary(head) ? ContainerKind.Binary : ContainerKind.Text;
    }

    /// <summary>What to call it in a message.</summary>
    public static string Describe(ContainerKind kind) => kind switch
    {
        ContainerKind.Zip => "a ZIP archive",
        ContainerKind.CompoundFile => "a compound file (HWP 5 or old Office)",
        ContainerKind.Hwp3 => "an HWP 3 file",
        ContainerKind.Pdf => "a PDF file",
        ContainerKind.Parquet => "a Parquet file",
        ContainerKind.Binary => "binary data",
        _ => "text",
    };

    private static bool LooksLikeText(ReadOnlySpan<byte> head) => head.StartsWith("<"u8) || head.StartsWith("{"u8) || head.StartsWith("#"u8);

    private static bool IsBinary(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return false;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || head.StartsWith("GIF8"u8) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return true;
        int controls = 0, zeros = 0;
        foreach (var value in head)
        {
            if (value == 0) zeros++;
            else if (value < 0x20 && value is not (0x09 or 0x0A or 0x0C or 0x0D or 0x1B)) controls++;
        }
        // UTF-16 without a mark is half zeros where it is ASCII, and has the low bytes of Hangul as controls elsewhere.
        return controls > head.Length / 8 && zeros < head.Length / 8 || zeros > head.Length * 3 / 5;
    }
}
