using System.Text;

namespace Geobuk.Corpus.Sources;

/// <summary>
/// Blocks to the plain text that is trained on: a blank line before every heading, one line per clause, item and sub-item.
/// </summary>
internal static class DocumentRenderer
{
    /// <param name="blocks">In reading order.</param>
    /// <param name="statute">Running text of statutes follows without blank lines.</param>
    public static string Render(IReadOnlyList<Block> blocks, bool statute)
    {
        var text = new StringBuilder();
        for (var i = 0; i < blocks.Count; i++)
        {
            if (i > 0) text.Append(Separator(blocks[i - 1], blocks[i], statute));
            text.Append(blocks[i].Text);
        }
        return text.ToString();
    }

    private static string Separator(Block previous, Block next, bool statute)
    {
        if (next.IsHeading) return "\n\n";
        if (previous.IsHeading || statute) return "\n";
        return previous.Kind == BlockKind.Text && next.Kind == BlockKind.Text ? "\n\n" : "\n";
    }
}
