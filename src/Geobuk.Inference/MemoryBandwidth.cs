using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference;

/// <summary>What memory delivers: the limit of decoding.</summary>
public static class MemoryBandwidth
{
    /// <summary>Bytes per second, the best of several passes over a buffer larger than the caches.</summary>
    /// <param name="threads">Threads that read at once, each a part of its own.</param>
    /// <param name="bytes">Size of the buffer.</param>
    /// <param name="rounds">Passes.</param>
    public static double Measure(int threads, int bytes = 256 << 20, int rounds = 7)
    {
        var memory = new byte[bytes];
        Random.Shared.NextBytes(memory);
        var best = 0.0;
        for (var round = 0; round < rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part => Read(memory, part, threads));
            best = Math.Max(best, bytes / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }

    private static unsafe void Read(byte[] memory, int part, int parts)
    {
        var (first, end) = ((long)memory.Length / parts * part, (long)memory.Length / parts * (part + 1) & -128);
        Vector256<byte> a = default, b = default, c = default, d = default;
        fixed (byte* start = memory)
        {
            for (var i = first & -128; i < end; i += 128)
            {
                a |= Vector256.Load(start + i);
                b |= Vector256.Load(start + i + 32);
                c |= Vector256.Load(start + i + 64);
                d |= Vector256.Load(start + i + 96);
            }
        }
        GC.KeepAlive((a | b | c | d).ToString());
    }
}
