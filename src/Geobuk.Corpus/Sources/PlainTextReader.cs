using Geobuk.Corpus.Cleaning;

namespace Geobuk.Corpus.Sources;

/// <summary>Plain text: paragraphs are blocks, the text stays as it is.</summary>
internal static class PlainTextReader
{
    public static SourceDocument Parse(NormalizedText text, SourceFile file, DocumentLocation location) => new()
    {
        Id = file.Id,
        Source = file.Source,
        Blocks = Paragraphs(text.Text, file.Id),
        Text = text.Text,
        Counts = text.Counts,
        Location = location,
    };

    /// <summary>The paragraphs of <paramref name="text"/>, numbered from 1 below <paramref name="path"/>.</summary>
    public static IReadOnlyList<Block> Paragraphs(string text, string path)
    {
        if (text.Length == 0) return [];
        var paragraphs = text.Split("\n\n");
        return [.. paragraphs.Select((paragraph, i) => new Block(BlockKind.Text, 0, $"{path}/{i + 1}", paragraph))];
    }
}
