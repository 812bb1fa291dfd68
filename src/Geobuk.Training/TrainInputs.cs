using Geobuk.Training.Forgetting;

namespace Geobuk.Training;

/// <summary>The artifacts that a training reads.</summary>
/// <param name="Base">Hugging Face folder of the base model.</param>
/// <param name="Corpus">The corpus artifact.</param>
/// <param name="Teacher">The teach artifact, for the objective distill.</param>
public sealed record TrainInputs(string Base, string Corpus, string? Teacher = null)
{
    /// <summary>Questions that are asked beside the held-out sets; empty asks none.</summary>
    public IReadOnlyList<ExamQuestion> Exam { get; init; } = [];
}
