using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>A request that passed every check.</summary>
/// <param name="Model">Who answers.</param>
/// <param name="Answers">What is asked for: several where a request has several prompts, or asks for several choices.</param>
/// <param name="Stream">Piece by piece.</param>
/// <param name="IncludeUsage">A stream tells at its end what it used.</param>
/// <param name="Operation">OpenTelemetry's name of it.</param>
internal sealed record GenerationJob(ServedModel Model, IReadOnlyList<AnswerRequest> Answers, bool Stream, bool IncludeUsage, string Operation = "text_completion")
{
    /// <summary>What may be called instead of answering; null where nothing.</summary>
    public ToolRequest? Tools { get; init; }

    /// <summary>Tokens of the prompts, each once however many answers go on from it.</summary>
    public int PromptTokens => Answers.DistinctBy(answer => answer.Prompt).Sum(answer => answer.Prompt.Length);

    /// <summary>Tokens that it may cost.</summary>
    public int Cost => PromptTokens + Answers.Sum(answer => answer.Sampling.MaxTokens);
}
