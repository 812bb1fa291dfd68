using Geobuk.Training.DataParallel;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.DataParallel;

/// <summary>Workers that are threads of this process; counts what it moves.</summary>
internal sealed class ThreadCollective : ICollective
{
    private readonly State _state;

    private ThreadCollective(State state, int rank) => (_state, Rank) = (state, rank);

    public int Rank { get; }

    public int Workers => _state.Tensors.Length;

    /// <summary>Floats that this worker sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Calls <paramref name="body"/> in so many threads and gives their results; a fault in one ends the others.</summary>
    public static T[] Run<T>(int workers, Func<ThreadCollective, T> body)
    {
        var state = new State(new double[workers][], new Tensor[workers], new Barrier(workers));
        var (results, faults) = (new T[workers], new Exception?[workers]);
        var threads = Enumerable.Range(0, workers).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = body(new ThreadCollective(state, rank));
            }
            catch (Exception fault)
            {
                faults[rank] = fault;
                state.Barrier.RemoveParticipant();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (faults.FirstOrDefault(fault => fault is not null) is { } first) throw new InvalidOperationException($"a worker failed: {first}", first);
        return results;
    }

    public double[][] Gather(ReadOnlySpan<double> own)
    {
        _state.Doubles[Rank] = own.ToArray();
        Meet();
        var all = _state.Doubles.Select(values => values.ToArray()).ToArray();
        Meet();
        return all;
    }

    public void Exchange(Tensor sent, Tensor received)
    {
        Sent += sent.numel();
        _state.Tensors[Rank] = sent;
        Meet();
        var block = sent.numel() / Workers;
        for (var worker = 0; worker < Workers; worker++) received.narrow(0, worker * block, block).copy_(_state.Tensors[worker].narrow(0, Rank * block, block));
        Meet();
    }

    public void Collect(Tensor own, Tensor all)
    {
        Sent += own.numel();
        _state.Tensors[Rank] = own;
        Meet();
        for (var worker = 0; worker < Workers; worker++) all.narrow(0, worker * own.numel(), own.numel()).copy_(_state.Tensors[worker]);
        Meet();
    }

    public void Meet() => _state.Barrier.SignalAndWait();

    public void Abort(int exitCode) => throw new InvalidOperationException($"ended with {exitCode}");

    public void Dispose() { }

    private sealed record State(double[][] Doubles, Tensor[] Tensors, Barrier Barrier);
}
