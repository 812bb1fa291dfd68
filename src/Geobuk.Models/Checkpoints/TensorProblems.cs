using System.Globalization;
using System.Text.RegularExpressions;

namespace Geobuk.Models.Checkpoints;

/// <summary>
/// What is wrong with the tensors of a model, every one named: those of which the same is to be said and whose names differ in
/// numbers only share a line, as in <c>model.layers.{0-60}.mlp.experts.{0-191}.up_proj.weight</c>.
/// </summary>
internal sealed partial class TensorProblems
{
    // A damaged header can name millions; what people read ends sooner.
    private const int MostLines = 1000;

    private readonly Dictionary<(string Pattern, string Place, string Words), List<string[]>> _tensors = [];
    private readonly List<string> _others = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _tensors.Count == 0 && _others.Count == 0;

    /// <summary>Something about one tensor.</summary>
    /// <param name="place">The file or folder.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="words">What is wrong, after its name.</param>
    public void Add(string place, string name, string words)
    {
        var key = (Number().Replace(name, "*"), place, words);
        if (!_tensors.TryGetValue(key, out var numbers)) _tensors[key] = numbers = [];
        numbers.Add([.. Number().Matches(name).Select(match => match.Value)]);
    }

    /// <summary>Something else, in whole lines.</summary>
    public void Add(IEnumerable<string> lines) => _others.AddRange(lines);

    /// <exception cref="UserInputException">All of it, where there is something.</exception>
    public void ThrowIfAny()
    {
        if (IsEmpty) return;
        List<string> lines = [.. _others, .. _tensors.SelectMany(pair => Folded(pair.Value).Select(one => Line(pair.Key, one.Parts, one.Count)))];
        throw new UserInputException(lines.Count <= MostLines ? lines : [.. lines.Take(MostLines), $"{lines.Count - MostLines} more lines like these; expected a complete model. Fetch it again."]);
    }

    private static string Line((string Pattern, string Place, string Words) about, string[] parts, int count)
    {
        var at = 0;
        var name = Wildcard().Replace(about.Pattern, star => at < parts.Length ? parts[at++] : star.Value);
        return $"{about.Place}: tensor {name}{(count == 1 ? "" : $" ({count} tensors)")} {about.Words}";
    }

    /// <summary>Joins what differs in one number only, from the last number to the first.</summary>
    private static List<(string[] Parts, int Count)> Folded(List<string[]> numbers)
    {
        var rows = numbers.Select(parts => (Parts: parts, Count: 1)).ToList();
        for (var slot = numbers[0].Length - 1; slot >= 0; slot--)
        {
            var joined = slot;
            rows = [.. rows.GroupBy(row => string.Join('.', row.Parts.Select((part, i) => i == joined ? "" : part))).Select(same =>
            {
                var parts = (string[])same.First().Parts.Clone();
                if (same.Count() > 1) parts[joined] = $"{{{Ranges(same.Select(row => int.Parse(row.Parts[joined], CultureInfo.InvariantCulture)))}}}";
                return (parts, same.Sum(row => row.Count));
            })];
        }
        return rows;
    }

    private static string Ranges(IEnumerable<int> numbers)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var number in numbers.Order())
            if (ranges.Count > 0 && ranges[^1].Last == number - 1) ranges[^1] = (ranges[^1].First, number);
            else ranges.Add((number, number));
        return string.Join(',', ranges.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"));
    }

    [GeneratedRegex(@"(?<=\.)\d{1,9}(?=\.|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<=\.)\*(?=\.|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Wildcard();
}
