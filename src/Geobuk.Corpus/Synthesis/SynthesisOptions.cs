namespace Geobuk.Corpus.Synthesis;

/// <summary>How much is asked and how much is held back.</summary>
/// <param name="ExamShare">Share of the articles with facts that are held back for the exam, 0 to 1.</param>
/// <param name="MostQuestions">Questions at most in the exam.</param>
/// <param name="Seed">Of the draw.</param>
public sealed record SynthesisOptions(double ExamShare = 0.2, int MostQuestions = 300, int Seed = 17);
