using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Tasks;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation;

/// <summary>Scores of one model on named tasks.</summary>
public static class ModelEvaluation
{
    /// <summary>Name of the task that needs a text instead of questions.</summary>
    public const string Perplexity = "perplexity";

    /// <summary>Runs the tasks in turn.</summary>
    /// <param name="modelPath">Hugging Face folder or GGUF file.</param>
    /// <param name="tasks">"perplexity", or NAME=PATH as <see cref="TaskRegistry.Parse"/> reads it.</param>
    /// <param name="textPath">Text for perplexity: plain, or .jsonl of documents.</param>
    /// <param name="limit">Questions or documents at most, evenly spaced.</param>
    /// <param name="progress">Receives what is done.</param>
    /// <param name="cancellationToken">Stops between questions and chunks.</param>
    /// <returns>Scores by task name, in the order given.</returns>
    /// <exception cref="UserInputException">Everything that is wrong with the tasks, before the model is opened; or the model itself.</exception>
    public static IReadOnlyDictionary<string, TaskScore> Run(
        string modelPath, IReadOnlyList<string> tasks, string? textPath, int? limit, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var plans = tasks.Select(task => Plan(task, textPath, limit)).ToList();
        using var model = InferenceModel.Load(modelPath);
        using var lanes = new EngineLanes(model);
        var scores = new OrderedDictionary<string, TaskScore>();
        // Two files of one task keep apart by the number of their turn.
        foreach (var (turn, plan) in plans.Index())
            scores[scores.ContainsKey(plan.Name) ? $"{plan.Name}#{turn + 1}" : plan.Name] = plan.Score(lanes, progress, cancellationToken);
        return scores;
    }

    private static TaskPlan Plan(string task, string? textPath, int? limit)
    {
        if (!task.Equals(Perplexity, StringComparison.OrdinalIgnoreCase))
        {
            var (definition, path) = TaskRegistry.Parse(task);
            var items = MultipleChoiceItem.Spread(definition.Read(path), limit);
            return new TaskPlan(definition.Name, (lanes, progress, ct) => Choice(lanes, definition, items, progress, ct));
        }
        if (textPath is null)
            throw new UserInputException("--task perplexity: no text; expected --text FILE. Name a .jsonl of documents or a text file.");
        var documents = EvaluationDocument.Read(textPath);
        var taken = limit is { } most ? [.. documents.Take(most)] : documents;
        return new TaskPlan(Perplexity, (lanes, progress, ct) => Loss(lanes, taken, progress, ct));
    }

    private static TaskScore Choice(
        EngineLanes lanes, TaskDefinition definition, IReadOnlyList<MultipleChoiceItem> items, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var result = MultipleChoiceMeasure.Run(lanes, items, definition.Name, progress, cancellationToken);
        var score = result.Score(definition.Rule);
        return new TaskScore
        {
            N = score.N,
            Score = score.Score,
            Low = score.Low,
            High = score.High,
            Acc = result.Score(ScoringRule.Sum).Score,
            AccNorm = result.Score(ScoringRule.PerCharacter).Score,
            Chance = items.Average(item => 1.0 / item.Choices.Count),
            Digest = result.Digest,
        };
    }

    private static TaskScore Loss(
        EngineLanes lanes, IReadOnlyList<EvaluationDocument> documents, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var result = PerplexityMeasure.Run(lanes, documents, PerplexityProtocol.For(lanes.Model.ContextLength), Perplexity, progress, cancellationToken);
        var interval = result.PerplexityInterval();
        return new TaskScore
        {
            N = result.Tokens,
            Score = result.Perplexity,
            Low = interval.Low,
            High = interval.High,
            BitsPerByte = result.BitsPerByte,
            Documents = result.Documents,
        };
    }

    private sealed record TaskPlan(string Name, Func<EngineLanes, IProgress<StepReport>, CancellationToken, TaskScore> Score);
}
