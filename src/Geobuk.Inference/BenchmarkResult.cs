namespace Geobuk.Inference;

/// <summary>Speed of a model on this machine; medians over the repetitions.</summary>
/// <param name="PrefillTokensPerSecond">Prompt tokens per second.</param>
/// <param name="DecodeTokensPerSecond">Generated tokens per second of one sequence.</param>
/// <param name="TimeToFirstTokenMilliseconds">From the prompt to the first token.</param>
/// <param name="BytesPerSecond">Weight bytes streamed per second while generating.</param>
/// <param name="Threads">Threads used.</param>
/// <param name="DecodeThreads">Threads that computed single tokens, as measured.</param>
/// <param name="KernelPath">Instruction set and arithmetic.</param>
public sealed record BenchmarkResult(
    double PrefillTokensPerSecond,
    double DecodeTokensPerSecond,
    double TimeToFirstTokenMilliseconds,
    double BytesPerSecond,
    int Threads,
    int DecodeThreads,
    string KernelPath);
