using System.Text.RegularExpressions;
using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources;

/// <summary>Markdown, plain or in the form of Korean statutes (an article heading 제N조 makes it one).</summary>
internal static partial class MarkdownReader
{
    [GeneratedRegex(@"^#{1,6} +제\d+조", RegexOptions.Multiline)]
    private static partial Regex ArticleHeading();

    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        var normalized = TextNormalizer.Normalize(TextDecoder.Decode(bytes, file.Path));
        var (text, counts) = (normalized.Text, normalized.Counts);
        var (front, bodyStart) = FrontMatter.Parse(text);
        var statute = ArticleHeading().IsMatch(text, bodyStart);
        var root = front.Title ?? Path.GetFileNameWithoutExtension(file.Id);
        var blocks = statute
            ? new StatuteParser(root).Parse(text.AsMemory(bodyStart))
            : new MarkdownParser(root).Parse(text.AsMemory(bodyStart));
        blocks = WithTitle(blocks, front, root);
        blocks.AddRange(front.Grades.Select(line => FrontMatter.GradeBlock(root, line)));
        return new SourceDocument
        {
            Id = file.Id,
            Source = file.Source,
            Format = statute ? "statute-markdown" : "markdown",
            Title = front.Title ?? (blocks is [{ Kind: BlockKind.Title } first, ..] ? first.Text : null),
            Kind = front.Kind,
            Dates = front.Dates,
            Law = front.Law,
            License = front.License,
            Origin = front.Origin,
            Text = DocumentText.Lay(blocks, statute, ref counts),
            Blocks = blocks,
            Counts = counts,
            Location = new DocumentLocation(0, bytes.Length, 0),
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
