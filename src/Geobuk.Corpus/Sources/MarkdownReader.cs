using System.Text.RegularExpressions;
using Geobuk.Corpus.Cleaning;

namespace Geobuk.Corpus.Sources;

/// <summary>Markdown, plain or in the form of Korean statutes (an article heading 제N조 makes it one).</summary>
internal static partial class MarkdownReader
{
    [GeneratedRegex(@"^#{1,6} +제\d+조", RegexOptions.Multiline)]
    private static partial Regex ArticleHeading();

    public static SourceDocument Parse(NormalizedText text, SourceFile file, DocumentLocation location)
    {
        var (front, bodyStart) = FrontMatter.Parse(text.Text);
        var statute = ArticleHeading().IsMatch(text.Text, bodyStart);
        var root = front.Title ?? Path.GetFileNameWithoutExtension(file.Id);
        var blocks = statute
            ? new StatuteParser(root).Parse(text.Text.AsMemory(bodyStart))
            : new MarkdownParser(root).Parse(text.Text.AsMemory(bodyStart));
        blocks = WithTitle(blocks, front, root);
        return new SourceDocument
        {
            Id = file.Id,
            Source = file.Source,
            Title = front.Title ?? (blocks is [{ Kind: BlockKind.Title } first, ..] ? first.Text : null),
            Kind = front.Kind,
            Blocks = blocks,
            // Removed images and decoded entities can leave spaces at line ends.
            Text = TextNormalizer.Normalize(DocumentRenderer.Render(blocks, statute)).Text,
            Counts = text.Counts,
            Location = location,
        };
    }

    private static List<Block> WithTitle(List<Block> blocks, FrontMatter front, string root)
    {
        if (blocks is [{ Kind: BlockKind.Heading, Level: 1 } heading, ..])
            blocks[0] = heading with { Kind = BlockKind.Title, Path = root, Text = TitleLine(front.Title ?? heading.Text, front.Kind) };
        else if (front.Title is not null)
            blocks.Insert(0, new Block(BlockKind.Title, 1, root, TitleLine(front.Title, front.Kind)));
        return blocks;
    }

    private static string TitleLine(string title, string? kind) => kind is null ? title : $"{title} ({kind})";
}
