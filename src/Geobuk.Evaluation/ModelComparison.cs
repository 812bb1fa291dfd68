using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Reports;
using Geobuk.Evaluation.Statistics;
using Geobuk.Evaluation.Tasks;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation;

/// <summary>Two models on the same text or the same questions.</summary>
public static class ModelComparison
{
    /// <summary>The loss that is accepted unless told otherwise: 2 %, or 2 points of a score.</summary>
    public const double UsualMargin = 0.02;

    /// <summary>KL divergence, agreement and perplexities on a text file (.jsonl of documents, or plain text).</summary>
    /// <param name="modelA">The model taken as the truth: a Hugging Face folder or a GGUF file.</param>
    /// <param name="modelB">The model that stands in for it.</param>
    /// <param name="textPath">The text.</param>
    /// <param name="limit">Tokens at most; null reads all.</param>
    /// <param name="progress">Receives the tokens done.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <param name="margin">Accepted rise of the perplexity, 0.02 for 2 %.</param>
    /// <exception cref="UserInputException">A file is absent or broken, or the tokenizers differ.</exception>
    public static ComparisonResult OnText(
        string modelA, string modelB, string textPath, int? limit, IProgress<StepReport> progress, CancellationToken cancellationToken, double margin = UsualMargin)
    {
        var documents = EvaluationDocument.Read(textPath);
        using var first = new MeasuredModel("a", modelA);
        using var second = new MeasuredModel("b", modelB);
        var protocol = PerplexityProtocol.For(Math.Min(first.Model.ContextLength, second.Model.ContextLength));
        var divergence = DivergenceMeasure.Run(
            first.Lanes, second.Lanes, documents, new DivergenceLimits(limit ?? long.MaxValue, protocol), "comparing", progress, cancellationToken);
        var kld = EvaluationSummary.Divergence(first.Model.Name, second.Model.Name, divergence);
        var ratio = PerplexityResult.Ratio(divergence.First, divergence.Second);
        return new ComparisonResult
        {
            Kld = kld,
            SameTop = kld.SameTop,
            PplA = divergence.First.Perplexity,
            PplB = divergence.Second.Perplexity,
            PplRatio = ratio,
            NonInferiority = NonInferiority.OfPerplexities(ratio, margin),
            Flips = McNemarTest.Of(divergence.Lost, divergence.Gained),
        };
    }

    /// <summary>Scores and flips on a task given as NAME=PATH.</summary>
    /// <param name="modelA">The earlier model.</param>
    /// <param name="modelB">The later model.</param>
    /// <param name="task">As <see cref="TaskRegistry.Parse"/> reads it.</param>
    /// <param name="limit">Questions at most, evenly spaced; null asks all.</param>
    /// <param name="progress">Receives the questions done.</param>
    /// <param name="cancellationToken">Stops between questions.</param>
    /// <param name="margin">Accepted fall of the score, 0.02 for 2 points.</param>
    /// <exception cref="UserInputException">A file is absent or broken, or the task is unknown.</exception>
    public static ComparisonResult OnTask(
        string modelA, string modelB, string task, int? limit, IProgress<StepReport> progress, CancellationToken cancellationToken, double margin = UsualMargin)
    {
        var (definition, path) = TaskRegistry.Parse(task);
        var items = MultipleChoiceItem.Spread(definition.Read(path), limit);
        var first = Answers(modelA);
        var second = Answers(modelB);
        var flips = ExamFlips.Of(first, second, items, definition.Rule);
        return new ComparisonResult
        {
            ScoreA = first.Score(definition.Rule),
            ScoreB = second.Score(definition.Rule),
            ScoreDifference = flips.Difference,
            NonInferiority = NonInferiority.OfScores(flips.Difference, margin),
            Flips = flips.Test,
            Questions = flips.Flips,
        };

        MultipleChoiceResult Answers(string modelPath)
        {
            using var model = InferenceModel.Load(modelPath);
            using var lanes = new EngineLanes(model);
            return MultipleChoiceMeasure.Run(lanes, items, $"{model.Name}: {definition.Name}", progress, cancellationToken);
        }
    }
}
