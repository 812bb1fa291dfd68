using System.Text.Json;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Modules;

namespace Geobuk.Training.Forgetting;

/// <summary>
/// Scores held-out domain and general text and an exam during training, as changes against the base on the same documents, and says whether
/// the limit on general text is kept. The base's losses lie in a file, so that a resumed training compares with the same numbers.
/// </summary>
internal sealed class ForgettingMeter(TrainingData data, IReadOnlyList<ExamQuestion> exam, ForgettingConfig? limit, string baseFile, ICollective workers)
{
    /// <summary>Name of the set that measures what is learnt.</summary>
    public const string Domain = "domain";
    /// <summary>Name of the set that measures what is forgotten.</summary>
    public const string General = "general";
    /// <summary>Name of the exam among the sets.</summary>
    public const string Exam = "exam";

    private Dictionary<string, IReadOnlyList<DocumentLoss>>? _base;

    /// <summary>Takes the model's losses as the base's; called before the first step.</summary>
    public HeldOutScores MeasureBase(CausalLanguageModel model, CancellationToken ct)
    {
        _base = Losses(model, ct);
        if (workers.Rank == 0) AtomicFile.WriteText(baseFile, JsonSerializer.Serialize(_base.ToDictionary(
            set => set.Key, set => set.Value.Select(document => new[] { document.Predictions, document.Nats }).ToArray())));
        return Compare(_base);
    }

    /// <summary>Mean losses now, and how they changed since the base.</summary>
    public HeldOutScores Measure(CausalLanguageModel model, CancellationToken ct) => Compare(Losses(model, ct));

    private HeldOutScores Compare(Dictionary<string, IReadOnlyList<DocumentLoss>> now)
    {
        _base ??= Read();
        var changes = now.ToDictionary(set => set.Key, set => PairedChange.Between(_base[set.Key], set.Value));
        // Perplexity at most (1 + limit) times the base's is a loss at most ln(1 + limit) above it.
        var held = limit is null || !changes.TryGetValue(General, out var general) || general.UpperBound(limit.Confidence) <= Math.Log(1 + limit.Limit);
        return new HeldOutScores(now.Where(set => set.Key != Exam).ToDictionary(set => set.Key, set => DocumentLoss.Mean(set.Value)), changes, held)
        {
            Exam = now.TryGetValue(Exam, out var answers) ? DocumentLoss.Mean(answers) : null,
        };
    }

    private Dictionary<string, IReadOnlyList<DocumentLoss>> Losses(CausalLanguageModel model, CancellationToken ct)
    {
        var sets = data.ValidationSets.ToDictionary(set => set, set => HeldOutLoss.Of(model, data, set, workers, ct));
        if (exam.Count > 0) sets[Exam] = ExamMeasure.Of(model, exam, workers, ct);
        return sets;
    }

    private Dictionary<string, IReadOnlyList<DocumentLoss>> Read() =>
        JsonSerializer.Deserialize<Dictionary<string, double[][]>>(File.ReadAllText(baseFile))!.ToDictionary(
            set => set.Key, set => (IReadOnlyList<DocumentLoss>)[.. set.Value.Select(document => new DocumentLoss(document[0], document[1]))]);
}
