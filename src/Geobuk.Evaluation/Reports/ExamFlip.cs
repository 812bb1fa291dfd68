namespace Geobuk.Evaluation.Reports;

/// <summary>A question that one model answers and the other does not.</summary>
public sealed record ExamFlip
{
    /// <summary>Question.</summary>
    public required string Id { get; init; }
    /// <summary>True where the later model lost it.</summary>
    public required bool Lost { get; init; }
    /// <summary>The question's text.</summary>
    public required string Question { get; init; }
    /// <summary>The right choice.</summary>
    public required string Answer { get; init; }
    /// <summary>The choice of the model that was wrong.</summary>
    public required string Chosen { get; init; }
    /// <summary>Where the answer stands.</summary>
    public string? Source { get; init; }
    /// <summary>Topic of the question.</summary>
    public string? Topic { get; init; }
}
