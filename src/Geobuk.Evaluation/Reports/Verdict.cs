namespace Geobuk.Evaluation.Reports;

/// <summary>A judgement in plain words, with the figures that it rests on.</summary>
/// <param name="Tone">Colour of the card and word.</param>
/// <param name="Word">The judgement.</param>
/// <param name="Reason">The figures, one sentence.</param>
internal sealed record Verdict(VerdictTone Tone, string Word, string Reason);
