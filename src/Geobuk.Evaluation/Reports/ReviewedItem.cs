namespace Geobuk.Evaluation.Reports;

/// <summary>A quarantined document as a reviewer sees it.</summary>
/// <param name="Item">Names it for a decision; null where it could not be read, and nothing can be released.</param>
/// <param name="Document">Its name within its source.</param>
/// <param name="Source">Folder or file that it lies in.</param>
/// <param name="Reason">Why it is quarantined.</param>
/// <param name="Detail">What decided it.</param>
public sealed record ReviewedItem(string? Item, string Document, string Source, string Reason, string Detail)
{
    /// <summary>Its text as it was read; null where there is none to show.</summary>
    public string? Text { get; init; }
    /// <summary>What was found where in the text: offset, length, kind.</summary>
    public IReadOnlyList<(int Start, int Length, string Kind)> Findings { get; init; } = [];
    /// <summary>What was found outside the text: in running heads, remarks, front matter.</summary>
    public IReadOnlyList<string> Outside { get; init; } = [];
    /// <summary>What was decided on it before; null where nothing was.</summary>
    public string? Decision { get; init; }
}
