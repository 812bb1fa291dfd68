using Geobuk.Inference.Sampling;
using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>Computes sequences on the CPU. Safe to call from several threads: each sequence has its own cache, steps take turns.</summary>
public sealed class Engine : IDisposable
{
    /// <summary>Starts the worker threads.</summary>
    public Engine(InferenceModel model) => Model = model;

    /// <summary>The model; the caller disposes it after the engine.</summary>
    public InferenceModel Model { get; }

    /// <summary>An empty cache for one sequence.</summary>
    public KvCache CreateCache() => throw new NotSupportedException();

    /// <summary>Reads a whole sequence and visits the logits of every position from <paramref name="firstPosition"/> on, in order.</summary>
    /// <exception cref="UserInputException">A token id is out of range, or the sequence is longer than the context.</exception>
    public void Logits(ReadOnlySpan<int> tokens, LogitsVisitor visit, int firstPosition = 0) => throw new NotSupportedException();

    /// <summary>
    /// Appends <paramref name="tokens"/> to the cache and visits the logits of the new positions from
    /// <paramref name="firstPosition"/> (counted from the sequence's start) on; without a visitor no logits are computed.
    /// </summary>
    /// <exception cref="UserInputException">A token id is out of range, or the sequence is longer than the context.</exception>
    public void Prefill(KvCache cache, ReadOnlySpan<int> tokens, LogitsVisitor? visit = null, int firstPosition = 0) =>
        throw new NotSupportedException();

    /// <summary>Streams a continuation of the prompt.</summary>
    /// <exception cref="UserInputException">The prompt is empty, too long or holds ids out of range, or a parameter is out of range.</exception>
    public IEnumerable<GeneratedToken> Generate(
        ReadOnlyMemory<int> prompt, SamplingParameters parameters, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>
    /// Streams a continuation of what the cache holds plus <paramref name="prompt"/>; the cache holds all of it afterwards, the
    /// last token excepted.
    /// </summary>
    public IEnumerable<GeneratedToken> Generate(
        KvCache cache, ReadOnlyMemory<int> prompt, SamplingParameters parameters, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>As <see cref="Generate(ReadOnlyMemory{int}, SamplingParameters, CancellationToken)"/>, computing away from the caller's thread.</summary>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(
        ReadOnlyMemory<int> prompt, SamplingParameters parameters, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotSupportedException();
}
