using System.Globalization;

namespace Geobuk.Evaluation.Tasks;

/// <summary>One question whose choices are scored by the likelihood that a model gives them after the prompt.</summary>
/// <param name="Id">Unique within the task.</param>
/// <param name="Prompt">The exact text before the choice.</param>
/// <param name="Choices">The choices as written, without the space that separates them from the prompt.</param>
/// <param name="Answer">Index of the right choice.</param>
public sealed record MultipleChoiceItem(string Id, string Prompt, IReadOnlyList<string> Choices, int Answer)
{
    /// <summary>What the report shows of the prompt.</summary>
    public string Question { get; init; } = Prompt;
    /// <summary>What the item shows a model, part by part and without the words that every prompt of its task has; where the prompt lists the choices and letters stand for them, the choices as listed.</summary>
    public IReadOnlyList<string> Parts { get => field ?? [Question, .. Choices]; init; }
    /// <summary>Where the answer stands, if the file says so.</summary>
    public string? Source { get; init; }
    /// <summary>Subject, if the file says so.</summary>
    public string? Topic { get; init; }

    /// <summary>The text scored for a choice: one space, then the choice.</summary>
    public string Continuation(int choice) => " " + Choices[choice];

    /// <summary>Unicode code points of a choice: the divisor of <see cref="ScoringRule.PerCharacter"/>, at least 1.</summary>
    public int Characters(int choice) => Math.Max(1, Choices[choice].EnumerateRunes().Count());

    /// <summary>At most <paramref name="limit"/> of the items, evenly spaced so that no topic of an ordered file is cut off.</summary>
    public static IReadOnlyList<MultipleChoiceItem> Spread(IReadOnlyList<MultipleChoiceItem> items, int? limit)
    {
        if (limit is not { } count || count >= items.Count) return items;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(limit));
        return [.. Enumerable.Range(0, count).Select(i => items[(int)((long)i * items.Count / count)])];
    }

    /// <summary>Short form for messages.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id} ({Choices.Count} choices)");
}
