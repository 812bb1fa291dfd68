using System.Text;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// Gives paragraphs their automatic numbers. Each numbering counts for itself; a number at one level begins the deeper levels anew.
/// </summary>
internal sealed class NumberingCounter(IReadOnlyDictionary<int, NumberingLevel[]> numberings)
{
    private readonly Dictionary<int, int[]> _counts = [];

    /// <summary>The next number of a numbering at a level, or null where it is not defined.</summary>
    public string? Next(int id, int level)
    {
        if (!numberings.TryGetValue(id, out var levels) || level < 0 || level >= levels.Length) return null;
        if (!_counts.TryGetValue(id, out var counts)) _counts[id] = counts = new int[levels.Length];
        counts[level] = counts[level] == 0 ? levels[level].Start : counts[level] + 1;
        Array.Clear(counts, level + 1, counts.Length - level - 1);
        return Write(levels, counts, level);
    }

    private static string Write(NumberingLevel[] levels, int[] counts, int level)
    {
        var form = levels[level].Form;
        var text = new StringBuilder();
        for (var i = 0; i < form.Length; i++)
        {
            var next = i + 1 < form.Length ? form[i + 1] : '\0';
            if (form[i] != '^' || next is not (>= '1' and <= '9' or 'n' or 'N')) text.Append(form[i]);
            else
            {
                i++;
                if (next is 'n' or 'N')
                {
                    text.AppendJoin('.', Enumerable.Range(0, level + 1).Select(at => Number(levels, counts, at)));
                    if (next == 'N') text.Append('.');
                }
                else if (next - '1' < levels.Length) text.Append(Number(levels, counts, next - '1'));
            }
        }
        return text.ToString();
    }

    // A level that was never numbered shows its first number.
    private static string Number(NumberingLevel[] levels, int[] counts, int level) =>
        NumberText.Of(counts[level] == 0 ? levels[level].Start : counts[level], levels[level].Format);
}
