using Geobuk.Training.Data;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using static TorchSharp.torch;

namespace Geobuk.Training.Forgetting;

/// <summary>
/// Multiple choice by log-likelihood (Brown et al. 2020): the choice whose tokens have the largest sum of log-probabilities behind the
/// prompt, the first among equals. The same rule as the evaluation's, on the model as it trains.
/// </summary>
internal static class ExamMeasure
{
    /// <summary>For every question 1 where the model picks the right choice, else 0; workers share the questions.</summary>
    public static IReadOnlyList<DocumentLoss> Of(CausalLanguageModel model, IReadOnlyList<ExamQuestion> questions, ICollective workers, CancellationToken ct)
    {
        var own = new List<double>();
        model.eval();
        for (var i = 0; i < questions.Count; i++)
        {
            if (!workers.Has(i)) continue;
            if (workers.Workers == 1) ct.ThrowIfCancellationRequested();
            own.Add(Chosen(model, questions[i]) == questions[i].Answer ? 1 : 0);
        }
        model.train();
        if (workers.Any(ct.IsCancellationRequested)) throw new OperationCanceledException(ct);
        return [.. workers.InTurn([.. own]).Select(right => new DocumentLoss(1, right))];
    }

    private static int Chosen(CausalLanguageModel model, ExamQuestion question)
    {
        var sums = LogLikelihoods(model, question);
        return Enumerable.Range(0, sums.Length).MaxBy(choice => sums[choice]);
    }

    /// <summary>Sum of log-probabilities of each choice's tokens, nats.</summary>
    internal static double[] LogLikelihoods(CausalLanguageModel model, ExamQuestion question)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var length = question.Choices.Max(choice => choice.Tokens.Length);
        var rows = question.Choices.Select(choice => RowBuilder.Build([new WeightedTokens(choice.Tokens, [.. choice.Tokens.Select((_, at) => at >= choice.First)])], length)).ToList();
        using var batch = new PackedBatch(rows, model.parameters().First().device);
        var logs = ChunkedCrossEntropy.LogProbabilities(model, batch, ChunkedCrossEntropy.Selected(model, batch)).Values<float>();
        var sums = new double[rows.Count];
        for (var i = 0; i < batch.Places.Count; i++) sums[batch.Places[i].Row] += logs[i];
        return sums;
    }
}
