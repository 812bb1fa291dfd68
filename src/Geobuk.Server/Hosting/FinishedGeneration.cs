namespace Geobuk.Server.Hosting;

/// <summary>What is counted of a generation that ended.</summary>
/// <param name="Outcome">stop, length, canceled, timeout or error; of another server, also what it says.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CachedTokens">Those of them that needed no computing.</param>
/// <param name="GeneratedTokens">Tokens generated.</param>
/// <param name="MaxTokens">Tokens it might have generated; 0 where none were named.</param>
/// <param name="QueueSeconds">From its arrival to its place.</param>
/// <param name="FirstTokenSeconds">From its place to the first token; null where none came, or nobody saw when.</param>
/// <param name="Seconds">From its place to its end.</param>
/// <param name="Gaps">Seconds between one token and the next.</param>
internal sealed record FinishedGeneration(
    string Outcome, int PromptTokens, int CachedTokens, int GeneratedTokens, int MaxTokens, double QueueSeconds, double? FirstTokenSeconds, double Seconds, IReadOnlyList<double> Gaps)
{
    /// <summary>Answers that were asked for.</summary>
    public int Answers { get; init; } = 1;
}
