using Geobuk.Training.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.DataParallel;

/// <summary>
/// Sums the gradients of an optimizer step over workers: g = ((g0 + g1) + g2) + ..., gi the gradient of micro-batch i, computed alone.
/// Micro-batches are dealt out in turn, so a round of one micro-batch per worker holds neighbours in that order; of the values, laid
/// end to end, every worker owns a share, receives what the others have of it and adds in the micro-batches' order. Floating-point
/// sums depend on their order alone, so any number of workers gives the same bits. A round costs a worker one exchange, the step one
/// collection of the shares: with one micro-batch per worker what a ring all-reduce costs. Only what learns takes part. All of it lies on the
/// parameters' device.
/// </summary>
internal sealed class GradientExchange(ICollective workers, IReadOnlyList<Parameter> parameters)
{
    /// <summary>Values that are on their way at a time.</summary>
    private const long LargestBucket = 1 << 22;

    private readonly long _total = parameters.Sum(parameter => parameter.numel());
    /// <summary>Values of a bucket that one worker owns.</summary>
    private readonly long _block = (Math.Min(LargestBucket, parameters.Sum(parameter => parameter.numel())) + workers.Workers - 1) / workers.Workers;
    private readonly bool[] _present = new bool[parameters.Count];
    /// <summary>This worker's share of every bucket, added up so far; none before a step's first round.</summary>
    private readonly List<Tensor> _shares = [];
    private Tensor? _sent, _received;

    private long Bucket => _block * workers.Workers;

    private long Buckets => (_total + Bucket - 1) / Bucket;

    /// <summary>Takes the gradients that a round left in the parameters.</summary>
    /// <param name="microBatches">Micro-batches of the round: those of the first so many workers.</param>
    public void Add(int microBatches)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradients = Take();
        _sent ??= zeros(Bucket, float32, Device).DetachFromDisposeScope();
        _received ??= empty(Bucket, float32, Device).DetachFromDisposeScope();
        var isFirst = _shares.Count == 0;
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            ForEach(bucket, (parameter, from, at, count) =>
            {
                using var piece = _sent.narrow(0, at, count);
                if (gradients[parameter] is { } gradient) piece.copy_(gradient.narrow(0, from, count));
                else piece.zero_();
            });
            workers.Exchange(_sent, _received);
            if (isFirst) _shares.Add(Block(0).clone().DetachFromDisposeScope());
            for (var worker = isFirst ? 1 : 0; worker < microBatches; worker++) _shares[bucket].PlusInPlace(Block(worker));
        }
    }

    /// <summary>Gives every parameter's sum in fp32, where any micro-batch had a gradient for it, and starts anew.</summary>
    /// <param name="deliver">Gets the parameter's index and the sum, which is then the receiver's.</param>
    public void Finish(Action<int, Tensor> deliver)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var anywhere = workers.Gather([.. _present.Select(present => present ? 1.0 : 0)]);
        var sums = parameters.Select(parameter => (Tensor?)null).ToArray();
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            workers.Collect(_shares[bucket], _received!);
            ForEach(bucket, (parameter, from, at, count) =>
            {
                if (!Array.Exists(anywhere, present => present[parameter] != 0)) return;
                var sum = sums[parameter] ??= empty(parameters[parameter].shape, float32, Device).DetachFromDisposeScope();
                sum.view(-1).narrow(0, from, count).copy_(_received!.narrow(0, at, count));
                if (from + count == sum.numel()) deliver(parameter, sum);
            });
        }
        Discard();
    }

    /// <summary>Forgets an unfinished step.</summary>
    public void Discard()
    {
        foreach (var tensor in _shares) tensor.Dispose();
        _shares.Clear();
        _sent?.Dispose();
        _received?.Dispose();
        (_sent, _received) = (null, null);
        Array.Clear(_present);
    }

    private Device Device => parameters[0].device;

    /// <summary>What came from a worker.</summary>
    private Tensor Block(int worker) => _received!.narrow(0, worker * _block, _block);

    /// <summary>The gradients' values in fp32; the parameters are left without.</summary>
    private Tensor?[] Take()
    {
        var taken = new Tensor?[parameters.Count];
        for (var i = 0; i < taken.Length; i++)
        {
            if (parameters[i].grad is not { } gradient) continue;
            parameters[i].grad = null;
            _present[i] = true;
            taken[i] = gradient.to(float32).reshape(-1);
        }
        return taken;
    }

    /// <summary>The pieces of parameters that lie in a bucket: parameter, first value, place in the bucket, number.</summary>
    private void ForEach(int bucket, Action<int, long, long, long> piece)
    {
        var start = bucket * Bucket;
        var first = 0L;
        for (var i = 0; i < parameters.Count; i++)
        {
            var count = parameters[i].numel();
            var (from, to) = (Math.Max(first, start), Math.Min(first + count, start + Bucket));
            if (from < to) piece(i, from - first, from - start, to - from);
            first += count;
        }
    }
}
