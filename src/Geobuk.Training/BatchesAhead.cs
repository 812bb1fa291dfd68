using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Geobuk.Training;

/// <summary>
/// Makes the micro-batches of the next step, in a thread of its own, while a step is computed; one step ahead and no further. The thread
/// stays the same, for libtorch keeps helpers for every thread that computes.
/// </summary>
/// <param name="make">Gives a step's micro-batches; called for one step at a time.</param>
internal sealed class BatchesAhead(Func<long, IReadOnlyList<MicroBatch>> make) : IDisposable
{
    private readonly BlockingCollection<long> _wanted = new(1);
    private readonly BlockingCollection<(IReadOnlyList<MicroBatch> Batches, ExceptionDispatchInfo? Fault)> _made = new(1);
    private Thread? _thread;
    private long? _ordered;

    /// <summary>The micro-batches of a step, which are then the caller's. Those of the step after it are begun.</summary>
    public IReadOnlyList<MicroBatch> Take(long step)
    {
        if (_ordered is { } other && other != step) Discard();
        if (_ordered is null) Order(step);
        var (batches, fault) = Receive();
        fault?.Throw();
        Order(step + 1);
        return batches;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ordered is not null) Discard();
        _wanted.CompleteAdding();
        _thread?.Join();
        _wanted.Dispose();
        _made.Dispose();
    }

    private void Order(long step)
    {
        if (_thread is null)
        {
            _thread = new Thread(Work) { IsBackground = true, Name = "batches ahead" };
            _thread.Start();
        }
        _ordered = step;
        _wanted.Add(step);
    }

    private (IReadOnlyList<MicroBatch> Batches, ExceptionDispatchInfo? Fault) Receive()
    {
        _ordered = null;
        return _made.Take();
    }

    private void Discard()
    {
        foreach (var batch in Receive().Batches) batch.Dispose();
    }

    private void Work()
    {
        foreach (var step in _wanted.GetConsumingEnumerable())
        {
            try
            {
                _made.Add((make(step), null));
            }
            catch (Exception fault)
            {
                // Thrown where the step is taken.
                _made.Add(([], ExceptionDispatchInfo.Capture(fault)));
            }
        }
    }
}
