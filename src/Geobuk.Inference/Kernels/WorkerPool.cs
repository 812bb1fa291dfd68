namespace Geobuk.Inference.Kernels;

/// <summary>
/// Threads that share the indices of one loop at a time. A dispatch costs no allocation: workers watch a counter, briefly
/// spinning before they sleep. Each begins with a run of neighbouring indices, so that it reads memory from end to end, and
/// helps the others when its own is done. The caller works too and returns when every index is done; it never waits for a
/// worker that has not begun, so a busy machine slows a loop only by the work really taken.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 200;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0), _parked = new(0);
    private readonly NativeBuffer<LoopShare> _shares;
    private LoopState _loop;
    private int _active;
    private volatile bool _stopping;

    /// <summary>Starts <paramref name="threads"/> - 1 threads; the caller is the other one.</summary>
    public WorkerPool(int threads)
    {
        Threads = _active = threads;
        _shares = new NativeBuffer<LoopShare>(threads);
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"geobuk kernel {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads that take part, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Threads that take part in the next loops; the others look on. Set it between loops.</summary>
    public int Active
    {
        get => _active;
        set
        {
            var more = Math.Clamp(value, 1, Threads) - _active;
            if (more == 0) return;
            Volatile.Write(ref _active, _active + more);
            if (more > 0) _parked.Release(more);
        }
    }

    /// <summary>Calls body(context, index, worker) for every index below <paramref name="count"/>, in any order, and returns when all are done.</summary>
    public void For(int count, void* context, delegate*<void*, int, int, void> body)
    {
        unchecked
        {
            if (_active == 1 || count <= 1)
            {
                for (var i = 0; i < count; i++) body(context, i, 0);
                return;
            }
            _loop.Body = body;
            _loop.Context = context;
            _loop.Shares = _active;
            for (var share = 0; share < _active; share++)
            {
                _shares.Pointer[share].Next = (int)((long)count * share / _active);
                _shares.Pointer[share].End = (int)((long)count * (share + 1) / _active);
            }
            Interlocked.Increment(ref _loop.Generation);
            Interlocked.Exchange(ref _loop.Open, 1);
            if (Volatile.Read(ref _loop.Sleepers) > 0) _wake.Release(Math.Min(_active, count) - 1);
            Take(0);
            Interlocked.Exchange(ref _loop.Open, 0);
            var spin = new SpinWait();
            while (Volatile.Read(ref _loop.Active) != 0) spin.SpinOnce(-1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _wake.Release(_threads.Length + 1);
        _parked.Release(_threads.Length + 1);
        foreach (var thread in _threads) thread.Join();
        _shares.Dispose();
        _wake.Dispose();
        _parked.Dispose();
    }

    private void Work(int worker)
    {
        unchecked
        {
            var seen = 0L;
            while (!_stopping)
            {
                AwaitNext(seen);
                while (worker >= Volatile.Read(ref _active) && !_stopping)
                {
                    // It may have been woken in another's place.
                    if (Volatile.Read(ref _loop.Sleepers) > 0) _wake.Release();
                    _parked.Wait();
                }
                seen = Volatile.Read(ref _loop.Generation);
                // Joined before Open is read: the owner, who closes first and then waits for Active, cannot miss it.
                Interlocked.Increment(ref _loop.Active);
                if (Volatile.Read(ref _loop.Open) == 1) Take(worker);
                Interlocked.Decrement(ref _loop.Active);
            }
        }
    }

    private void AwaitNext(long seen)
    {
        unchecked
        {
            for (var i = 0; i < SpinsBeforeSleep; i++)
            {
                if (Volatile.Read(ref _loop.Generation) != seen || _stopping) return;
                Thread.SpinWait(8);
            }
            Interlocked.Increment(ref _loop.Sleepers);
            // Looked at again after the announcement, lest a loop that began in between finds no sleeper to wake.
            if (Volatile.Read(ref _loop.Generation) == seen && !_stopping) _wake.Wait();
            Interlocked.Decrement(ref _loop.Sleepers);
        }
    }

    private void Take(int worker)
    {
        unchecked
        {
            var shares = _loop.Shares;
            for (var turn = 0; turn < shares; turn++)
            {
                var share = _shares.Pointer + (worker + turn) % shares;
                // Looked at first: whoever finds it empty leaves its line to those who work on it.
                while (Volatile.Read(ref share->Next) < share->End)
                {
                    var i = Interlocked.Increment(ref share->Next) - 1;
                    if (i < share->End) _loop.Body(_loop.Context, i, worker);
                }
            }
        }
    }
}
