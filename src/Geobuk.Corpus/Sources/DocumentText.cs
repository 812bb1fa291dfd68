using System.Text;
using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources;

/// <summary>
/// Blocks to the plain text that is trained on: a blank line before every heading, one line per clause, item and sub-item. Each
/// block is normalised, empty ones go, and every block learns where it lies in the text.
/// </summary>
internal static class DocumentText
{
    /// <param name="blocks">In reading order; changed in place.</param>
    /// <param name="dense">Running text follows without blank lines, as in statutes and word processor files.</param>
    /// <param name="counts">What normalisation changed is added here.</param>
    public static string Lay(List<Block> blocks, bool dense, ref NormalizationCounts counts)
    {
        var kept = 0;
        var text = new StringBuilder();
        Block? previous = null;
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            var normalized = TextNormalizer.Normalize(block.Text);
            counts += normalized.Counts;
            var content = normalized.Text.Trim('\n');
            if (string.IsNullOrWhiteSpace(content)) continue;
            var next = content == block.Text ? block : block with { Text = content };
            blocks[kept++] = next;
            if (!IsInText(next)) continue;
            if (previous is not null) text.Append(Separator(previous, next, dense));
            next.Start = text.Length;
            text.Append(content);
            previous = next;
        }
        blocks.RemoveRange(kept, blocks.Count - kept);
        return text.ToString();
    }

    // Running heads of paged formats and hidden remarks are there to be looked at, not to be trained on.
    private static bool IsInText(Block block) => block.Zone != BlockZone.Hidden && !(block.Page > 0 && block.Zone is BlockZone.Header or BlockZone.Footer);

    private static string Separator(Block previous, Block next, bool dense)
    {
        if (next.IsHeading) return "\n\n";
        if (previous.IsHeading || dense) return "\n";
        return previous.Kind == BlockKind.Text && next.Kind == BlockKind.Text ? "\n\n" : "\n";
    }
}
