using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Geobuk.Bench;

/// <summary>What memory delivers: the limit of decoding.</summary>
internal static class MemoryBandwidth
{
    private const int Bytes = 256 << 20;
    private const int Rounds = 7;

    /// <summary>Bytes per second, the best of several passes over a buffer larger than the caches.</summary>
    public static unsafe double Measure(int threads)
    {
        var memory = new byte[Bytes];
        Random.Shared.NextBytes(memory);
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part => Read(memory, part, threads));
            best = Math.Max(best, Bytes / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }

    private static unsafe void Read(byte[] memory, int part, int parts)
    {
        var (first, end) = ((long)Bytes / parts * part, (long)Bytes / parts * (part + 1) & -128);
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
