using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Geobuk.Inference.Batching;
using Geobuk.Inference.Constraints;
using Geobuk.Inference.Drafting;
using Geobuk.Inference.Sampling;
using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>
/// One streamed continuation, from waiting for its turn to its last token. The engine computes it together with others; the tokens
/// are read once, with <see cref="Read"/> or <see cref="ReadAsync"/>, and wait for the reader. Dispose it to end it early.
/// </summary>
public sealed class Generation : IDisposable
{
    private readonly Channel<GeneratedToken> _output = Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InferenceModel _model;
    private readonly SamplingParameters _parameters;
    private readonly Sampler _sampler;
    private readonly AnswerText _text;
    private readonly BatchScheduler _scheduler;
    private readonly PromptLookup? _lookup;
    private readonly DraftPolicy _policy;
    private Draft _draft;
    private int _draftEnd;
    private int _count;
    private float[]? _constrained;
    private ConstraintState? _state;
    private volatile bool _cancelled;

    internal Generation(BatchScheduler scheduler, InferenceModel model, KvCache cache, bool ownsCache, ReadOnlySpan<int> prompt, SamplingParameters parameters, GenerationOptions options)
    {
        (_scheduler, _model, _parameters) = (scheduler, model, parameters);
        (Cache, OwnsCache, Options) = (cache, ownsCache, options);
        Tokens = [.. cache.Tokens, .. prompt];
        PromptTokens = Tokens.Count;
        _sampler = new Sampler(parameters, model.Config.VocabularySize);
        _sampler.Observe(Tokens);
        _text = new AnswerText(model, parameters.Stop);
        _state = parameters.Constraint?.Start;
        _lookup = options.Lookup ? new PromptLookup() : null;
        _policy = new DraftPolicy(scheduler.Experience);
    }

    /// <summary>Tokens of the prompt, and of what the cache held before it.</summary>
    public int PromptTokens { get; }

    /// <summary>Tokens of the prompt that were in the cache already and needed no computing.</summary>
    public int CachedTokens { get; internal set; }

    /// <summary>Tokens that were guessed and verified.</summary>
    public int Drafted { get; internal set; }

    /// <summary>Guessed tokens that were right: each saved a pass through the model.</summary>
    public int Accepted { get; internal set; }

    /// <summary>Times it had to make room for others and was computed again.</summary>
    public int Preemptions { get; internal set; }

    /// <summary>Requests that will run before this one, 1 for the next; 0 where it runs or has ended.</summary>
    public int QueuePosition => _scheduler.PositionOf(this);

    /// <summary>Completes when it first takes part in steps, or ends without.</summary>
    public Task Begun => _begun.Task;

    /// <summary>For whom it runs.</summary>
    internal GenerationOptions Options { get; }
    internal KvCache Cache { get; }
    /// <summary>The cache was made for this generation and goes with it.</summary>
    internal bool OwnsCache { get; }
    /// <summary>The prompt and what was generated; the cache lags behind by what is not computed yet.</summary>
    internal List<int> Tokens { get; }
    /// <summary>Tokens not computed yet.</summary>
    internal int Unread => Tokens.Count - Cache.Length;
    /// <summary>The prompt is computed, or was before a preemption: from here on every step may give a token.</summary>
    internal bool IsDecoding => Unread == 1;
    /// <summary>The last whole block of the cache that the prefix tree has.</summary>
    internal PrefixNode? Node { get; set; }
    internal bool IsCancelled => _cancelled;
    internal bool IsFinished { get; private set; }
    /// <summary>Why it ended, if it was its own fault.</summary>
    internal Exception? Fault { get; private set; }

    /// <summary>Completes when the engine has let go of it and its cache.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>The tokens as they come.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the generation ends.</exception>
    public IEnumerable<GeneratedToken> Read(CancellationToken cancellationToken = default)
    {
        using var registration = cancellationToken.Register(Cancel);
        while (_output.Reader.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            while (!cancellationToken.IsCancellationRequested && _output.Reader.TryRead(out var token)) yield return token;
            cancellationToken.ThrowIfCancellationRequested();
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>As <see cref="Read"/>, without holding a thread.</summary>
    public async IAsyncEnumerable<GeneratedToken> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var registration = cancellationToken.Register(Cancel).ConfigureAwait(false);
        while (await _output.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (!cancellationToken.IsCancellationRequested && _output.Reader.TryRead(out var token)) yield return token;
            cancellationToken.ThrowIfCancellationRequested();
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Ends it, if it has not ended, and waits until its blocks are free: at most for the step in progress.</summary>
    public void Dispose()
    {
        Cancel();
        _ended.Task.Wait();
    }

    /// <summary>Asks for its end; the blocks are free after the step in progress.</summary>
    internal void Cancel()
    {
        if (_ended.Task.IsCompleted) return;
        _cancelled = true;
        _scheduler.Wake();
    }

    /// <summary>Guesses at most <see cref="DraftPolicy.Longest"/> tokens that follow, as many as pay in a step of so many rows; returns how many.</summary>
    internal int Guess(Span<int> target, int rows, int sequences, StepTimes times)
    {
        if (_lookup is null && Options.Corpus is null) return 0;
        target = target[..Math.Max(0, Math.Min(target.Length, Math.Min(_parameters.MaxTokens - _count, Cache.Capacity - Tokens.Count) - 1))];
        if (target.IsEmpty) return 0;
        var known = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Tokens);
        var draft = _lookup?.Guess(known, target) ?? default;
        if (Options.Corpus is { } corpus)
        {
            Span<int> other = stackalloc int[target.Length];
            var quoted = corpus.Guess(known, other);
            if (quoted.Match > draft.Match) (draft, _) = (quoted with { Quoted = true }, other[..quoted.Length].TryCopyTo(target));
        }
        var length = draft.Length == 0 || Options.AlwaysDraft ? draft.Length : _policy.Choose(draft, rows, sequences, times);
        _draft = draft with { Length = length };
        _draftEnd = Tokens.Count + length;
        return length;
    }

    /// <summary>The draft does not take part in the step after all.</summary>
    internal void Unguess() => _draft = default;

    /// <summary>Counts how much of the draft was right, after its step.</summary>
    internal (int Drafted, int Accepted) Verify()
    {
        if (_draft.Length == 0) return default;
        var accepted = Math.Max(0, Math.Min(_draft.Length, Tokens.Count - 1 - (_draftEnd - _draft.Length)));
        Drafted += _draft.Length;
        Accepted += accepted;
        _policy.Learn(_draft, accepted);
        var drafted = _draft.Length;
        _draft = default;
        return (drafted, accepted);
    }

    /// <summary>Chooses the token that follows the last one and sends it to the reader.</summary>
    internal void Take(ReadOnlySpan<float> logits)
    {
        try
        {
            var token = Choose(logits);
            Tokens.Add(token.Id);
            IsFinished = token.Finish is not null;
            _output.Writer.TryWrite(token);
        }
        catch (UserInputException e)
        {
            // A constraint that grows too large ends its own sequence and no other.
            (Fault, IsFinished) = (e, true);
        }
    }

    /// <summary>It has a place.</summary>
    internal void Begin() => _begun.TrySetResult();

    /// <summary>The engine has let go: nothing follows.</summary>
    internal void End(Exception? fault)
    {
        _output.Writer.TryComplete(fault);
        _begun.TrySetResult();
        _ended.TrySetResult();
    }

    private GeneratedToken Choose(ReadOnlySpan<float> logits)
    {
        _count++;
        var logSumExp = LogProbabilities.LogSumExp(logits);
        var top = _parameters.LogProbs is { } number ? LogProbabilities.Top(logits, logSumExp, number) : null;
        var id = _sampler.Choose(Constrained(logits), Tokens.Count);
        var logProb = (float)(logits[id] - logSumExp);
        if (!_parameters.IgnoreEos && _model.StopTokenIds.Contains(id))
            return new GeneratedToken(id, _text.Finish(), logProb, top, FinishReason.Stop);
        if (_parameters.Constraint is { } constraint) _state = constraint.Advance(_state!, id);
        var text = _text.Push(id);
        FinishReason? finish = _text.Stopped || _parameters.Constraint?.IsComplete(_state!) is true ? FinishReason.Stop
            : _count >= _parameters.MaxTokens || Tokens.Count >= Cache.Capacity ? FinishReason.Length
            : null;
        return new GeneratedToken(id, finish is null ? text : text + _text.Finish(), logProb, top, finish);
    }

    private ReadOnlySpan<float> Constrained(ReadOnlySpan<float> logits)
    {
        if (_parameters.Constraint is not { } constraint) return logits;
        _constrained ??= new float[logits.Length];
        logits.CopyTo(_constrained);
        constraint.Apply(_state!, _constrained, _model.StopTokenIds);
        return _constrained;
    }
}
