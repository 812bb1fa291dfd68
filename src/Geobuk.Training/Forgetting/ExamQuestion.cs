namespace Geobuk.Training.Forgetting;

/// <summary>A multiple-choice question as tokens; which task it comes from, and how it was put into words, is not known here.</summary>
/// <param name="Choices">For each choice the tokens of prompt and choice, and the index of the first that is scored, at least 1.</param>
/// <param name="Answer">Index of the right choice.</param>
public sealed record ExamQuestion(IReadOnlyList<(int[] Tokens, int First)> Choices, int Answer);
