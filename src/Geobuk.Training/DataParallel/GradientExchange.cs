using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.DataParallel;

/// <summary>
/// Sums the gradients of an optimizer step over workers: g = ((g0 + g1) + g2) + ..., gi the gradient of micro-batch i, computed alone.
/// Micro-batches are dealt out in turn, so a round of one micro-batch per worker holds neighbours in that order; of the values, laid
/// end to end, every worker owns a share, receives what the others have of it and adds in the micro-batches' order. Floating-point
/// sums depend on their order alone, so any number of workers gives the same bits. A round costs a worker one exchange, the step one
/// collection of the shares: with one micro-batch per worker what a ring all-reduce costs. Only what learns takes part.
/// </summary>
internal sealed class GradientExchange(ICollective workers, IReadOnlyList<Parameter> parameters)
{
    /// <summary>Values that are on their way at a time.</summary>
    private const long LargestBucket = 1 << 22;

    private readonly long _total = parameters.Sum(parameter => parameter.numel());
    /// <summary>Values of a bucket that one worker owns.</summary>
    private readonly int _block = (int)((Math.Min(LargestBucket, parameters.Sum(parameter => parameter.numel())) + workers.Workers - 1) / workers.Workers);
    private readonly bool[] _present = new bool[parameters.Count];
    private float[] _sent = [], _received = [];
    private float[]?[]? _shares;

    private int Bucket => _block * workers.Workers;

    private int Buckets => (int)((_total + Bucket - 1) / Bucket);

    /// <summary>Takes the gradients that a round left in the parameters.</summary>
    /// <param name="microBatches">Micro-batches of the round: those of the first so many workers.</param>
    public void Add(int microBatches)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradients = Take();
        _shares ??= new float[]?[Buckets];
        if (_sent.Length == 0) (_sent, _received) = (new float[Bucket], new float[Bucket]);
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            Array.Clear(_sent);
            ForEach(bucket, (parameter, from, at, count) => Values(gradients[parameter], from, count).CopyTo(_sent.AsSpan(at, count)));
            workers.Exchange(_sent, _received);
            for (var worker = 0; worker < microBatches; worker++)
            {
                var block = _received.AsSpan(worker * _block, _block);
                if (_shares[bucket] is { } share) AddTo(share, block);
                else _shares[bucket] = block.ToArray();
            }
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
            workers.Collect(_shares![bucket]!, _received);
            ForEach(bucket, (parameter, from, at, count) =>
            {
                if (!Array.Exists(anywhere, present => present[parameter] != 0)) return;
                var sum = sums[parameter] ??= empty(parameters[parameter].shape, float32).DetachFromDisposeScope();
                _received.AsSpan(at, count).CopyTo(Values(sum, from, count));
                if (from + count == sum.numel()) deliver(parameter, parameters[parameter].device_type == DeviceType.CPU ? sum : Moved(sum, parameters[parameter].device));
            });
        }
        Discard();
    }

    /// <summary>Forgets an unfinished step.</summary>
    public void Discard()
    {
        _shares = null;
        Array.Clear(_present);
    }

    /// <summary>The gradients as contiguous fp32 in main memory; the parameters are left without.</summary>
    private Tensor?[] Take()
    {
        var taken = new Tensor?[parameters.Count];
        for (var i = 0; i < taken.Length; i++)
        {
            if (parameters[i].grad is not { } gradient) continue;
            parameters[i].grad = null;
            _present[i] = true;
            taken[i] = gradient.to(float32).cpu().contiguous();
        }
        return taken;
    }

    /// <summary>The pieces of parameters that lie in a bucket: parameter, first value, place in the bucket, number.</summary>
    private void ForEach(int bucket, Action<int, long, int, int> piece)
    {
        var (start, length) = ((long)bucket * Bucket, (long)Bucket);
        var first = 0L;
        for (var i = 0; i < parameters.Count; i++)
        {
            var count = parameters[i].numel();
            var (from, to) = (Math.Max(first, start), Math.Min(first + count, start + length));
            if (from < to) piece(i, from - first, (int)(from - start), (int)(to - from));
            first += count;
        }
    }

    private static Span<float> Values(Tensor? tensor, long from, int count) =>
        tensor is null ? new float[count] : MemoryMarshal.Cast<byte, float>(tensor.view(-1).narrow(0, from, count).bytes);

    private static Tensor Moved(Tensor sum, Device device)
    {
        var moved = sum.to(device).DetachFromDisposeScope();
        sum.Dispose();
        return moved;
    }

    private static void AddTo(Span<float> sum, ReadOnlySpan<float> values)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var more = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (var i = 0; i < wide.Length; i++) wide[i] += more[i];
        for (var i = wide.Length * Vector<float>.Count; i < sum.Length; i++) sum[i] += values[i];
    }
}
