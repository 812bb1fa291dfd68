using System.Diagnostics;
using System.Runtime.Intrinsics;
using Geobuk.Inference.Kernels;

namespace Geobuk.Inference;

/// <summary>What memory delivers: the limit of decoding. Read from large pages where the system has them, as weights are.</summary>
public static class MemoryBandwidth
{
    /// <summary>Bytes per second, the median of several passes over a buffer larger than the caches: what it delivers, not what it once did.</summary>
    /// <param name="threads">Threads that read at once, each a part of its own.</param>
    /// <param name="bytes">Size of the buffer.</param>
    /// <param name="rounds">Passes.</param>
    public static double Measure(int threads, int bytes = 256 << 20, int rounds = 7)
    {
        using var memory = new NativeBuffer<byte>(bytes);
        var rates = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part => Read(memory, part, threads));
            rates[round] = bytes / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
        Array.Sort(rates);
        return (rates[(rounds - 1) / 2] + rates[rounds / 2]) / 2;
    }

    private static unsafe void Read(NativeBuffer<byte> memory, int part, int parts)
    {
        var (first, end) = (memory.Length / parts * part & -128, memory.Length / parts * (part + 1) & -128);
        Vector256<byte> a = default, b = default, c = default, d = default;
        for (var at = memory.Pointer + first; at < memory.Pointer + end; at += 128)
        {
            a |= Vector256.Load(at);
            b |= Vector256.Load(at + 32);
            c |= Vector256.Load(at + 64);
            d |= Vector256.Load(at + 96);
        }
        GC.KeepAlive((a | b | c | d).ToString());
    }
}
