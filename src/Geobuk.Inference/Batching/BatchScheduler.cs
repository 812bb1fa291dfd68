using System.Diagnostics;
using Geobuk.Inference.Drafting;
using Geobuk.Inference.Kernels;
using Geobuk.Models;

namespace Geobuk.Inference.Batching;

/// <summary>
/// Continuous batching: every step takes one row of each sequence that generates, and fills up with prompt chunks of those that got
/// least, so that a long prompt stalls nobody. Sequences come and go between steps. When blocks run out, cached beginnings go first;
/// then the sequence that came last makes room and is computed again later. What a sequence generates depends on none of this.
/// </summary>
internal sealed class BatchScheduler : IDisposable
{
    /// <summary>Longest step while others generate: what a prompt chunk may delay their next token.</summary>
    private const double MixedStepSeconds = 0.25;
    private const int SmallestChunk = 16;

    private readonly Engine _engine;
    private readonly BlockPool _pool;
    private readonly PrefixTree _prefixes;
    private readonly StepBatch _batch;
    private readonly Generation[] _owners;
    private readonly int[] _guesses = new int[DraftPolicy.Longest];
    private readonly FairQueue _waiting = new();
    private readonly List<Generation> _running = [];
    private readonly HashSet<(PrefixNode, long)> _beginning = [];
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly LogitsVisitor _visit;
    private Thread? _thread;
    private int _turn;
    private bool _stopping;

    public BatchScheduler(Engine engine, BlockPool pool, int capacity, int mostRunning)
    {
        (_engine, _pool, MostRunning) = (engine, pool, mostRunning);
        _prefixes = new PrefixTree(pool);
        _batch = new StepBatch(capacity);
        _owners = new Generation[capacity];
        _visit = Visit;
    }

    /// <summary>Generations that run at the same time.</summary>
    public int MostRunning { get; set; }

    /// <summary>Times of the steps so far.</summary>
    public StepTimes Times { get; } = new();

    /// <summary>How often guesses were right so far.</summary>
    public DraftExperience Experience { get; } = new();

    /// <summary>Counts since the start.</summary>
    public BatchCounts Counts { get; } = new();

    /// <summary>What it is busy with now.</summary>
    public EngineLoad Load()
    {
        lock (_lock)
        {
            var cached = _prefixes.Evictable;
            return new EngineLoad(_running.Count, _waiting.Count, _running.Concat(_waiting.All).Sum(generation => (long)generation.Unread), _pool.Used - cached, cached, _pool.Limit);
        }
    }

    /// <summary>Takes in a generation.</summary>
    public void Submit(Generation generation)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, _engine);
            _waiting.Add(generation);
            Counts.PrefixQueries += generation.PromptTokens;
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "geobuk engine" };
                _thread.Start();
            }
        }
        Wake();
    }

    /// <summary>Has cancellations seen where no step runs.</summary>
    public void Wake()
    {
        if (!_stopping) _wake.Set();
    }

    public int PositionOf(Generation generation)
    {
        lock (_lock) return _waiting.PositionOf(generation);
    }

    /// <summary>Ends everything and waits for the step in progress.</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_lock) (thread, _stopping) = (_thread, true);
        _wake.Set();
        thread?.Join();
        EndAll(new ObjectDisposedException(nameof(Engine)));
        _prefixes.Clear();
    }

    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                _wake.Reset();
                if (!Step()) _wake.Wait();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                EndAll(fault);
            }
        }
    }

    /// <summary>One step: schedule, run, post-process. False where there is nothing to do.</summary>
    private bool Step()
    {
        lock (_lock)
        {
            Retire();
            Admit();
            Schedule();
        }
        if (_batch.Count == 0) return false;
        var started = Stopwatch.GetTimestamp();
        _engine.Run(_batch, _visit);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Times.Add(_batch.Count, seconds);
        Counts.Step(_batch.Count, seconds);
        lock (_lock) Conclude();
        return true;
    }

    /// <summary>Has a row's sequence choose its next token; rows after a wrong guess, or after the end, say nothing.</summary>
    private void Visit(int row, ReadOnlySpan<float> logits)
    {
        var (generation, position) = (_owners[row], _batch.Positions[row]);
        if (!generation.IsFinished && position == generation.Tokens.Count - 1 && _batch.Tokens[row] == generation.Tokens[position]) generation.Take(logits);
    }

    /// <summary>Lets go of what was cancelled.</summary>
    private void Retire()
    {
        foreach (var generation in _running.Where(generation => generation.IsCancelled).ToList()) End(generation);
        if (_waiting.Count == 0) return;
        foreach (var generation in _waiting.All.Where(generation => generation.IsCancelled).ToList()) End(generation);
    }

    /// <summary>Lets waiting generations run while there are places and blocks for what they have to read.</summary>
    private void Admit()
    {
        while (_running.Count < MostRunning && _waiting.Peek() is { } next)
        {
            if (_running.Count > 0 && next.OwnsCache && _running.Sum(MissingBlocks) + MissingBlocks(next) > _pool.Free + _prefixes.Evictable) return;
            _waiting.Remove(next);
            _running.Add(next);
            next.Begin();
            if (next.OwnsCache) next.Node = _prefixes.Root(next.Options.Labels);
        }
    }

    private static int MissingBlocks(Generation generation) =>
        generation.OwnsCache ? KvCache.BlocksFor(generation.Tokens.Count + 1) - KvCache.BlocksFor(generation.Cache.Length) : 0;

    /// <summary>Fills the batch.</summary>
    private void Schedule()
    {
        _batch.Clear();
        _beginning.Clear();
        var deciding = _running.Where(generation => generation.IsDecoding).ToList();
        var reading = _running.Where(generation => generation.Unread > 1).ToList();
        var chunk = deciding.Count == 0 ? _batch.Capacity : MixedChunk();
        var rows = deciding.Count + (int)Math.Min(chunk, reading.Sum(generation => (long)generation.Unread));
        // More sequences than rows take turns.
        for (var i = 0; i < deciding.Count && _batch.Count < _batch.Capacity; i++)
        {
            var ahead = _batch.Capacity - _batch.Count - (deciding.Count - i);
            rows += Add(deciding[(i + _turn) % deciding.Count], 1, Math.Min(ahead, _batch.Capacity - rows), rows, deciding.Count) - 1;
        }
        _turn = deciding.Count > _batch.Capacity ? _turn + _batch.Capacity : 0;
        var room = Math.Min(chunk, _batch.Capacity - _batch.Count);
        foreach (var generation in reading.OrderBy(generation => _waiting.Served(generation.Options.User)).ThenBy(generation => generation.Unread).ToList())
        {
            if (room <= 0) break;
            room -= Add(generation, room);
        }
    }

    /// <summary>Adds up to so many of a sequence's next rows and guesses after the last; returns how many. It may be preempted by a sequence before it meanwhile.</summary>
    private int Add(Generation generation, int most, int mostGuesses = 0, int rows = 0, int sequences = 0)
    {
        if (!_running.Contains(generation)) return 0;
        if (ExtendFromTree(generation) is false) return 0;
        var start = generation.Cache.Length;
        var count = Math.Min(most, generation.Unread);
        if (!Reserve(generation, start + count)) return 0;
        var first = _batch.Count;
        var guesses = Guess(generation, mostGuesses, rows, sequences);
        _batch.Add(generation.Cache, [.. generation.Tokens.GetRange(start, count), .. guesses], generation.Tokens.Count - 1);
        count += guesses.Length;
        for (var i = first; i < _batch.Count; i++) _owners[i] = generation;
        _waiting.Charge(generation.Options.User, count);
        return count;
    }

    private ReadOnlySpan<int> Guess(Generation generation, int most, int rows, int sequences)
    {
        if (most <= 0) return [];
        var guesses = _guesses.AsSpan(0, generation.Guess(_guesses.AsSpan(0, Math.Min(most, _guesses.Length)), rows, sequences, Times));
        if (generation.Cache.TryReserve(generation.Tokens.Count + guesses.Length)) return guesses;
        // A guess is not worth a block that another could use.
        generation.Unguess();
        return [];
    }

    /// <summary>
    /// Reads from the tree what others computed. False where another sequence computes the same block in this very step: then it is
    /// worth waiting for.
    /// </summary>
    private bool ExtendFromTree(Generation generation)
    {
        if (generation.Node is not { } node || generation.Cache.Length % KvLayout.BlockPositions != 0) return true;
        var before = generation.Cache.Length;
        generation.Node = node = _prefixes.Extend(generation.Cache, node, generation.Tokens, generation.Tokens.Count - 1);
        var found = generation.Cache.Length - before;
        if (generation.Preemptions == 0) generation.CachedTokens += found;
        Counts.PrefixHits += found;
        return generation.Unread <= KvLayout.BlockPositions || generation.Cache.Length % KvLayout.BlockPositions != 0 || _beginning.Add((node, BlockKey(generation)));
    }

    /// <summary>A number that equal blocks share; where different ones do, one waits a step in vain.</summary>
    private static long BlockKey(Generation generation)
    {
        var key = 0L;
        for (var i = 0; i < KvLayout.BlockPositions; i++) key = unchecked((long)SplitMix64.Mix((ulong)key + (ulong)generation.Tokens[generation.Cache.Length + i] + SplitMix64.Increment));
        return key;
    }

    /// <summary>Makes room for a sequence, at the cost of cached beginnings and then of sequences that came after it.</summary>
    private bool Reserve(Generation generation, int length)
    {
        while (!generation.Cache.TryReserve(length))
        {
            if (_prefixes.Evict()) continue;
            var last = _running.FindLast(other => other.OwnsCache && !_owners.AsSpan(0, _batch.Count).Contains(other));
            if (last is null) return false;
            Preempt(last);
            if (last == generation) return false;
        }
        return true;
    }

    private void Preempt(Generation generation)
    {
        Counts.Preemptions++;
        generation.Preemptions++;
        generation.Cache.Clear();
        _running.Remove(generation);
        _waiting.Return(generation);
    }

    /// <summary>Rows of prompts beside sequences that generate.</summary>
    private int MixedChunk() =>
        Times.RowSeconds > 0 ? Math.Max(SmallestChunk, (int)Math.Min(_batch.Capacity, MixedStepSeconds / Times.RowSeconds) / SmallestChunk * SmallestChunk) : _batch.Capacity;

    /// <summary>Takes back wrong guesses, shares the blocks that became full, and lets go of what has ended.</summary>
    private void Conclude()
    {
        for (var i = 0; i < _batch.Count; i++)
        {
            var generation = _owners[i];
            if (i > 0 && _owners[i - 1] == generation) continue;
            var (drafted, accepted) = generation.Verify();
            var known = generation.Tokens.Count - 1;
            if (generation.Cache.Length > known) generation.Cache.Truncate(known);
            Counts.Sequence(generation.Cache.Length, drafted, accepted);
            Share(generation);
            if (generation.IsFinished) End(generation, generation.Fault);
        }
        Array.Clear(_owners, 0, _batch.Count);
    }

    private void Share(Generation generation)
    {
        if (generation.Node is not { } node) return;
        var size = KvLayout.BlockPositions;
        for (var index = Depth(node); (index + 1) * size <= generation.Cache.Length; index++)
        {
            node = _prefixes.Add(node, [.. generation.Tokens.GetRange(index * size, size)], generation.Cache.Block(index));
            generation.Cache.Share(index, node.Block!);
        }
        generation.Node = node;
    }

    private static int Depth(PrefixNode node)
    {
        var depth = 0;
        for (var at = node.Parent; at is not null; at = at.Parent) depth++;
        return depth;
    }

    private void End(Generation generation, Exception? fault = null)
    {
        _running.Remove(generation);
        _waiting.Remove(generation);
        _waiting.Close(generation);
        if (generation.OwnsCache) generation.Cache.Dispose();
        generation.End(fault);
    }

    private void EndAll(Exception fault)
    {
        lock (_lock)
        {
            foreach (var generation in _running.Concat(_waiting.All).ToList()) End(generation, fault);
        }
    }
}
