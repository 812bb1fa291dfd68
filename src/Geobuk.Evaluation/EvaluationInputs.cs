namespace Geobuk.Evaluation;

/// <summary>What the evaluation step measures. A null model is one that the run does not make.</summary>
/// <param name="BaseFolder">Hugging Face folder of the base model.</param>
/// <param name="AdaptedFolder">Hugging Face folder of the trained model.</param>
/// <param name="LightFile">GGUF file of the light model.</param>
/// <param name="CorpusFolder">Corpus artifact with validation.domain.jsonl and validation.general.jsonl.</param>
public sealed record EvaluationInputs(string BaseFolder, string? AdaptedFolder, string? LightFile, string CorpusFolder)
{
    /// <summary>Ids of the exam's questions that stand in the training text, wholly or in part; null where it was not compared.</summary>
    public IReadOnlySet<string>? DirtyQuestions { get; init; }
}
