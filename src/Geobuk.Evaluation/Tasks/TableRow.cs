using Geobuk.Models;

namespace Geobuk.Evaluation.Tasks;

/// <summary>One row of a benchmark file, by column name.</summary>
/// <param name="Place">path:line, for messages.</param>
/// <param name="Cells">Values by column, as read.</param>
internal sealed record TableRow(string Place, IReadOnlyDictionary<string, string> Cells)
{
    /// <summary>The first of <paramref name="names"/> that the row has; distributions of one benchmark differ in names.</summary>
    public string Text(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Cells.TryGetValue(name, out var text)) return text;
        throw new UserInputException($"{Place}: the columns are {string.Join(", ", Cells.Keys)}; expected {names[0]}. Give the benchmark's own file.");
    }

    /// <summary>The cell mapped by <paramref name="values"/>, as "True" to 1.</summary>
    public int Label(IReadOnlyDictionary<string, int> values, params ReadOnlySpan<string> names)
    {
        var text = Text(names).Trim();
        return values.TryGetValue(text, out var label)
            ? label
            : throw new UserInputException($"{Place}: {names[0]} is \"{text}\"; expected one of {string.Join(", ", values.Keys)}. Correct the file.");
    }
}
