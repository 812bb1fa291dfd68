using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources;

/// <summary>Plain text in any encoding that is told apart: paragraphs are blocks, the text stays as it is.</summary>
internal static class PlainTextReader
{
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        var normalized = TextNormalizer.Normalize(TextDecoder.Decode(bytes, file.Path));
        var counts = normalized.Counts;
        var blocks = Paragraphs(normalized.Text, file.Id);
        return new SourceDocument
        {
            Id = file.Id,
            Source = file.Source,
            Format = "text",
            Text = DocumentText.Lay(blocks, dense: false, ref counts),
            Blocks = blocks,
            Counts = counts,
            Location = new DocumentLocation(0, bytes.Length, 0),
        };
    }

    /// <summary>The paragraphs of <paramref name="text"/>, numbered from 1 below <paramref name="path"/>.</summary>
    public static List<Block> Paragraphs(string text, string path)
    {
        if (text.Length == 0) return [];
        var paragraphs = text.Split("\n\n");
        return [.. paragraphs.Select((paragraph, i) => new Block(BlockKind.Text, 0, $"{path}/{i + 1}", paragraph))];
    }
}
