namespace Geobuk.Inference;

/// <summary>Speed of several sequences at once; medians over the repetitions.</summary>
/// <param name="PrefillTokensPerSecond">Prompt tokens computed per second until the last sequence has its first token.</param>
/// <param name="DecodeTokensPerSecond">Tokens per second of all sequences together from then on.</param>
/// <param name="AggregateTokensPerSecond">All generated tokens over all the time, prompts included.</param>
/// <param name="FirstTimeToFirstTokenMilliseconds">Of the first sequence, which finds nothing in the cache.</param>
/// <param name="TimeToFirstTokenMilliseconds">Median of the other sequences, or of all where nothing is shared.</param>
/// <param name="BytesPerSecond">Weights read while all generate, if every step reads them once.</param>
/// <param name="CachedTokens">Prompt tokens found in the cache, over the sequences after the first.</param>
/// <param name="Parallel">Sequences.</param>
/// <param name="Threads">Threads of the kernels.</param>
/// <param name="KernelPath">Formats and instructions.</param>
public sealed record BatchBenchmarkResult(
    double PrefillTokensPerSecond, double DecodeTokensPerSecond, double AggregateTokensPerSecond, double FirstTimeToFirstTokenMilliseconds, double TimeToFirstTokenMilliseconds,
    double BytesPerSecond, int CachedTokens, int Parallel, int Threads, string KernelPath);
