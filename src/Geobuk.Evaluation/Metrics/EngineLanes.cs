using System.Runtime.ExceptionServices;
using Geobuk.Inference;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// Single-threaded engines side by side over the same weights. Documents and questions are independent and mostly short;
/// many of them at once use the cores better than one of them with all cores.
/// </summary>
internal sealed class EngineLanes : IDisposable
{
    private readonly EngineLane[] _lanes;

    public EngineLanes(InferenceModel model, int? count = null)
    {
        Model = model;
        _lanes = new EngineLane[count ?? model.Options.Threads ?? Environment.ProcessorCount];
        for (var i = 0; i < _lanes.Length; i++) _lanes[i] = new EngineLane(model, 1);
    }

    public InferenceModel Model { get; }

    public int Count => _lanes.Length;

    /// <summary>Runs <paramref name="body"/> once for each index below <paramref name="count"/>, in any order.</summary>
    public void Run(int count, Action<EngineLane, int> body, CancellationToken cancellationToken)
    {
        var next = -1;
        try
        {
            Parallel.For(0, _lanes.Length, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = _lanes.Length }, (lane, state) =>
            {
                while (!state.ShouldExitCurrentIteration && Interlocked.Increment(ref next) is var index && index < count)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    body(_lanes[lane], index);
                }
            });
        }
        catch (AggregateException faults)
        {
            // The first fault says what is wrong; the others are its echoes.
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }
    }

    /// <summary>A lane by its number.</summary>
    public EngineLane this[int index] => _lanes[index];

    /// <summary>The number of a lane.</summary>
    public int IndexOf(EngineLane lane) => Array.IndexOf(_lanes, lane);

    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
    }
}
