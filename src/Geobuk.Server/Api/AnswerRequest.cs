using Geobuk.Inference.Sampling;

namespace Geobuk.Server.Api;

/// <summary>One answer that is asked for.</summary>
/// <param name="Index">Its place among the choices of the request.</param>
/// <param name="Prompt">Token ids; choices of one prompt have the same array.</param>
/// <param name="Sampling">How its tokens are chosen.</param>
internal sealed record AnswerRequest(int Index, int[] Prompt, SamplingParameters Sampling)
{
    /// <summary>The prompt to give back before the answer; null where it is not wanted.</summary>
    public PromptEcho? Echo { get; init; }

    /// <summary>That prompt is all that is wanted.</summary>
    public bool EchoOnly { get; init; }

    /// <summary>Choices that go on from one prompt: the one of index i draws as a request of its own with a seed that is i higher.</summary>
    public static IEnumerable<AnswerRequest> Choices(int[] prompt, SamplingParameters sampling, int count, int first = 0) =>
        Enumerable.Range(0, count).Select(i => new AnswerRequest(first + i, prompt, sampling with { Seed = unchecked(sampling.Seed + i) }));
}
