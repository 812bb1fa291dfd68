namespace Geobuk.Inference;

/// <summary>What a measurement of several sequences at once does.</summary>
/// <param name="Prompt">Tokens of each prompt.</param>
/// <param name="Generate">Tokens generated after each, 2 or more.</param>
/// <param name="Parallel">Sequences.</param>
/// <param name="SharedPrefix">Tokens that all prompts begin with; a prefix as long as the prompt makes prompts of 16 tokens more.</param>
/// <param name="Repeat">Measured repetitions after an unmeasured one.</param>
/// <param name="Threads">Threads; null takes the model's option.</param>
public sealed record BatchBenchmarkOptions(int Prompt, int Generate, int Parallel, int SharedPrefix, int Repeat, int? Threads)
{
    /// <summary>Tokens of each prompt that no other has.</summary>
    public int Own => Math.Max(16, Prompt - SharedPrefix);
}
