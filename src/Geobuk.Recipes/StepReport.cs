namespace Geobuk.Recipes;

/// <summary>Progress of a step as data; only the edge prints it.</summary>
/// <param name="Phase">What is being done, in a few words: "tokenising".</param>
/// <param name="Done">Units finished in this phase.</param>
/// <param name="Total">Units in this phase, if known.</param>
/// <param name="Unit">What is counted: "documents", "tokens", "steps".</param>
public sealed record StepReport(string Phase, long Done, long? Total, string Unit)
{
    /// <summary>Figures worth a line: loss, tokens per second.</summary>
    public IReadOnlyDictionary<string, double>? Figures { get; init; }
    /// <summary>Work is being saved: an interruption waits until this phase is over.</summary>
    public bool IsSaving { get; init; }
    /// <summary>Something that people should look at; shown as a line that stays.</summary>
    public string? Warning { get; init; }
}
