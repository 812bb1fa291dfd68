using System.Diagnostics;
using System.Runtime.CompilerServices;
using Geobuk.Inference.Batching;
using Geobuk.Inference.Kernels;
using Geobuk.Inference.Layers;
using Geobuk.Inference.Sampling;
using Geobuk.Inference.Weights;
using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>
/// Computes sequences on the CPU. Safe to call from several threads: generations are computed together, a row of each in every step,
/// and what is asked for directly takes turns with them, a long prompt chunk by chunk. The same tokens give the same logits, bit for
/// bit, whatever the threads, the chunks and the other sequences.
/// </summary>
public sealed class Engine : IDisposable
{
    private readonly TurnQueue _turns = new();
    private readonly WorkerPool _workers;
    private readonly KvLayout _layout;
    private readonly StepBatch _batch;
    private readonly BlockPool _pool;
    private readonly BlockPool _callersPool;
    private readonly BatchScheduler _scheduler;
    private readonly StepState _state;
    private readonly IAttentionBlock _attention;
    private readonly GatedMlp _mlp;
    private readonly ExpertMixture? _mixture;
    private readonly DecodeThreads _decodeThreads;
    private bool _disposed;

    /// <summary>Starts the worker threads.</summary>
    /// <param name="model">Stays the caller's, who disposes it after the engine.</param>
    /// <param name="threads">Threads of this engine; null takes the model's option.</param>
    public Engine(InferenceModel model, int? threads = null)
    {
        Model = model;
        var config = model.Config;
        _layout = KvLayout.Of(config, model.Options.KeyValueType);
        _workers = new WorkerPool(threads ?? model.Options.Threads ?? Environment.ProcessorCount);
        _decodeThreads = new DecodeThreads(_workers.Threads);
        _batch = new StepBatch(Math.Min(model.Options.PrefillChunk, model.ContextLength));
        _state = new StepState(model.Weights, _layout, _workers, _batch.Capacity) { Cache = CacheKernels.Of(_layout.Type, model.Instructions) };
        _attention = config.Latent is { } latent ? new LatentAttention(_state, latent) : new GroupedAttention(_state);
        _mlp = new GatedMlp(_state, config.IntermediateSize);
        _mixture = config.Mixture is { } mixture ? new ExpertMixture(_state, mixture) : null;
        _callersPool = new BlockPool(_layout, null);
        _pool = new BlockPool(_layout, (int)Math.Clamp(model.Options.CacheBytes / _layout.BlockBytes, 2, int.MaxValue));
        _scheduler = new BatchScheduler(this, _pool, _batch.Capacity, model.Options.Parallel);
    }

    /// <summary>The model.</summary>
    public InferenceModel Model { get; }

    /// <summary>Threads of the kernels.</summary>
    public int Threads => _workers.Threads;

    /// <summary>Threads that compute single tokens, as measured in the first of them; <see cref="Threads"/> until then.</summary>
    public int DecodeThreads => _decodeThreads.IsSettled ? _decodeThreads.Current : Threads;

    /// <summary>Longest sequence that a generation without a cache of the caller's can have: the context, or what the memory for caches holds.</summary>
    public int LongestSequence => (int)Math.Min(Model.ContextLength, (_pool.Limit - 1L) * KvLayout.BlockPositions);

    /// <summary>Tokens whose keys and values a cache block holds.</summary>
    public static int BlockPositions => KvLayout.BlockPositions;

    /// <summary>What it is busy with now.</summary>
    public EngineLoad Load() => _scheduler.Load();

    /// <summary>What the batching did since the engine started.</summary>
    public BatchCounts Counts => _scheduler.Counts;

    /// <summary>Generations that take part in steps at the same time; more wait.</summary>
    public int Parallel
    {
        get => _scheduler.MostRunning;
        set => _scheduler.MostRunning = value;
    }

    /// <summary>Seconds that reading so many prompt tokens should take, by the steps so far; 0 before the first.</summary>
    public double PredictPrefillSeconds(long tokens) => tokens * (_scheduler.Times.RowSeconds > 0 ? _scheduler.Times.RowSeconds : _scheduler.Times.Of(32) / 32);

    /// <summary>Bytes of weights that a step of one token reads.</summary>
    public long StepBytes => Model.Weights.WeightBytes;

    /// <summary>An empty cache for one sequence of up to <see cref="InferenceModel.ContextLength"/> tokens.</summary>
    public KvCache CreateCache() => new(_callersPool, Model.ContextLength);

    /// <summary>Reads a whole sequence and visits the logits of every position from <paramref name="firstPosition"/> on, in order.</summary>
    /// <exception cref="UserInputException">A token id is out of range, or the sequence is longer than the context.</exception>
    public void Logits(ReadOnlySpan<int> tokens, LogitsVisitor visit, int firstPosition = 0)
    {
        using var cache = CreateCache();
        Prefill(cache, tokens, visit, firstPosition);
    }

    /// <summary>
    /// Appends <paramref name="tokens"/> to the cache and visits the logits of the new positions from
    /// <paramref name="firstPosition"/> (counted from the sequence's start) on; without a visitor no logits are computed.
    /// The visitor must not call the engine. Cancelled between chunks, the cache holds the chunks read.
    /// </summary>
    /// <exception cref="UserInputException">A token id is out of range, or the sequence is longer than the context.</exception>
    public void Prefill(
        KvCache cache, ReadOnlySpan<int> tokens, LogitsVisitor? visit = null, int firstPosition = 0, CancellationToken cancellationToken = default)
    {
        CheckTokens(cache, tokens);
        while (tokens.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var turn = _turns.Enter();
            ObjectDisposedException.ThrowIf(_disposed, this);
            var chunk = tokens[..Math.Min(tokens.Length, _batch.Capacity)];
            var start = cache.Length;
            _batch.Clear();
            _batch.Add(cache, chunk, visit is null ? int.MaxValue : firstPosition);
            Step(_batch, visit is null ? null : (index, logits) => visit(start + index, logits));
            tokens = tokens[chunk.Length..];
        }
    }

    /// <summary>
    /// Reads whole sequences layer by layer: each layer reads all of them before the next begins, and the memory of its weights is
    /// given back, so that the resident size is that of one layer. Residual streams wait in a file. <see cref="InputVisitor"/> sees of
    /// every matrix what <see cref="Logits"/> of one sequence after the other would show, bit for bit and in the same order.
    /// </summary>
    /// <param name="sequences">Token ids, each sequence within the context.</param>
    /// <param name="progress">Tokens done, each counted once for every layer and once for the head.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="UserInputException">A token id is out of range, or a sequence is longer than the context.</exception>
    public void ReadByLayers(IReadOnlyList<int[]> sequences, Action<long>? progress = null, CancellationToken cancellationToken = default)
    {
        using var turn = _turns.Enter();
        ObjectDisposedException.ThrowIf(_disposed, this);
        _workers.Active = Threads;
        using var streams = new ResidualStreams(Model.Config.HiddenSize);
        var (layers, done) = (Model.Weights.Layers, 0L);
        Model.Weights.Release();
        for (var layer = 0; layer <= layers.Count; layer++)
        {
            var token = 0L;
            foreach (var sequence in sequences)
            {
                // Each layer begins with an empty cache; as all use the first one's place in it, the others' stay untouched.
                using var cache = CreateCache();
                CheckTokens(cache, sequence);
                for (var start = 0; start < sequence.Length; start += _batch.Capacity)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    _batch.Clear();
                    _batch.Add(cache, sequence.AsSpan(start, Math.Min(_batch.Capacity, sequence.Length - start)), 0);
                    _state.Begin(_batch, _attention.ScratchBytes);
                    if (layer > 0) streams.Read(token, _state.ResidualSpan);
                    if (layer < layers.Count) RunLayer(layers[layer], index: 0);
                    else _state.Head(_batch, (_, _) => { });
                    streams.Write(token, _state.ResidualSpan);
                    _batch.Commit();
                    token += _batch.Count;
                    progress?.Invoke(done += _batch.Count);
                }
            }
            Model.Weights.Release();
        }
    }

    /// <summary>
    /// A text's place in the model's space: the normed hidden states after the last layer, pooled and scaled to length 1; [hidden].
    /// </summary>
    /// <exception cref="UserInputException">No token, ids out of range, or longer than the context.</exception>
    public float[] Embed(ReadOnlySpan<int> tokens, Pooling pooling, CancellationToken cancellationToken = default)
    {
        using var cache = CreateCache();
        CheckPrompt(cache, tokens);
        var sum = new double[Model.Config.HiddenSize];
        for (var start = 0; start < tokens.Length; start += _batch.Capacity)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var turn = _turns.Enter();
            ObjectDisposedException.ThrowIf(_disposed, this);
            _batch.Clear();
            _batch.Add(cache, tokens.Slice(start, Math.Min(_batch.Capacity, tokens.Length - start)), int.MaxValue);
            Step(_batch, null);
            _state.PoolInto(sum, pooling);
        }
        var length = Math.Sqrt(sum.Sum(value => value * value));
        return Array.ConvertAll(sum, value => (float)(length > 0 ? value / length : 0));
    }

    /// <summary>Begins a continuation of the prompt, which is computed together with the others.</summary>
    /// <exception cref="UserInputException">The prompt is empty, too long or holds ids out of range, or a parameter is out of range.</exception>
    public Generation Start(ReadOnlySpan<int> prompt, SamplingParameters parameters, GenerationOptions? options = null)
    {
        parameters.Validate();
        var cache = new KvCache(_pool, LongestSequence);
        try
        {
            return Start(cache, true, prompt, parameters, options ?? new GenerationOptions());
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    /// <summary>Streams a continuation of the prompt.</summary>
    /// <exception cref="UserInputException">As for <see cref="Start"/>.</exception>
    public IEnumerable<GeneratedToken> Generate(
        ReadOnlyMemory<int> prompt, SamplingParameters parameters, CancellationToken cancellationToken = default)
    {
        parameters.Validate();
        return Stream(null, prompt, parameters, cancellationToken);
    }

    /// <summary>
    /// Streams a continuation of what the cache holds plus <paramref name="prompt"/>. Afterwards the cache holds all of it but the
    /// last token, so a conversation goes on without reading its past again.
    /// </summary>
    /// <exception cref="UserInputException">As for <see cref="Start"/>.</exception>
    public IEnumerable<GeneratedToken> Generate(
        KvCache cache, ReadOnlyMemory<int> prompt, SamplingParameters parameters, CancellationToken cancellationToken = default)
    {
        parameters.Validate();
        return Stream(cache, prompt, parameters, cancellationToken);
    }

    /// <summary>As <see cref="Generate(ReadOnlyMemory{int}, SamplingParameters, CancellationToken)"/>, without holding the caller's thread.</summary>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        ReadOnlyMemory<int> prompt, SamplingParameters parameters, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var generation = Start(prompt.Span, parameters);
        await foreach (var token in generation.ReadAsync(cancellationToken).ConfigureAwait(false)) yield return token;
    }

    /// <summary>Waits for the step in progress and ends the worker threads.</summary>
    public void Dispose()
    {
        _scheduler.Dispose();
        using var turn = _turns.Enter();
        if (_disposed) return;
        _disposed = true;
        _workers.Dispose();
        _state.Dispose();
        _pool.Dispose();
        _callersPool.Dispose();
    }

    /// <summary>Sees what every matrix is multiplied with; set it between calls only.</summary>
    public MatrixInputVisitor? InputVisitor
    {
        get => _state.InputVisitor;
        set => _state.InputVisitor = value;
    }

    /// <summary>Sees the residual stream, [tokens, hidden], before the first layer (0) and after every layer.</summary>
    internal ResidualVisitor? Trace { get; set; }

    /// <summary>
    /// One pass through the model for any mix of prompt chunks and single tokens, each with its own cache:
    /// x += Wo attention(norm(x)), x += feedforward(norm(x)).
    /// </summary>
    private void Step(StepBatch batch, LogitsVisitor? visit)
    {
        _workers.Active = batch.Count == 1 ? _decodeThreads.Current : Threads;
        var started = Stopwatch.GetTimestamp();
        _state.Begin(batch, _attention.ScratchBytes);
        var layers = Model.Weights.Layers;
        Trace?.Invoke(0, _state.ResidualSpan);
        for (var i = 0; i < layers.Count; i++)
        {
            RunLayer(layers[i], i);
            Trace?.Invoke(i + 1, _state.ResidualSpan);
        }
        if (batch.Count == 1) _decodeThreads.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        batch.Commit();
        if (visit is not null) _state.Head(batch, visit);
    }

    private void RunLayer(LayerWeights layer, int index)
    {
        _state.Norm(layer.AttentionNorm);
        _attention.Run(layer, index);
        _state.Norm(layer.FeedForwardNorm);
        IFeedForwardBlock feedForward = layer.FeedForward is MixtureWeights ? _mixture! : _mlp;
        feedForward.Run(layer);
    }

    /// <summary>A prompt can be continued: not empty, known ids, room for one more token.</summary>
    internal void CheckPrompt(KvCache cache, ReadOnlySpan<int> prompt)
    {
        if (prompt.IsEmpty)
            throw new UserInputException($"{Model.Name}: the prompt is empty; expected one token or more. Give a text, or the beginning-of-sequence token.");
        CheckTokens(cache, prompt);
    }

    /// <summary>Computes a batch of the scheduler's when its turn comes.</summary>
    internal void Run(StepBatch batch, LogitsVisitor visit)
    {
        using var turn = _turns.Enter();
        Step(batch, visit);
    }

    private Generation Start(KvCache cache, bool ownsCache, ReadOnlySpan<int> prompt, SamplingParameters parameters, GenerationOptions options)
    {
        CheckPrompt(cache, prompt);
        var generation = new Generation(_scheduler, Model, cache, ownsCache, prompt, parameters, options);
        _scheduler.Submit(generation);
        return generation;
    }

    private IEnumerable<GeneratedToken> Stream(KvCache? cache, ReadOnlyMemory<int> prompt, SamplingParameters parameters, CancellationToken cancellationToken)
    {
        using var generation = cache is null ? Start(prompt.Span, parameters) : Start(cache, false, prompt.Span, parameters, new GenerationOptions());
        foreach (var token in generation.Read(cancellationToken)) yield return token;
    }

    private void CheckTokens(KvCache cache, ReadOnlySpan<int> tokens)
    {
        if (tokens.Length > cache.Capacity - cache.Length)
        {
            throw new UserInputException(
                $"{Model.Name}: a sequence of {(long)cache.Length + tokens.Length} tokens; expected at most the context of {cache.Capacity}. Shorten the text or raise the context length.");
        }
        var vocabulary = Model.Config.VocabularySize;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] < 0 || tokens[i] >= vocabulary)
                throw new UserInputException($"{Model.Name}: token id {tokens[i]} at index {i}; expected 0 to {vocabulary - 1}. Use the model's own tokenizer.");
        }
    }
}
