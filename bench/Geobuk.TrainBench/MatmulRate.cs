using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.TrainBench;

/// <summary>The best matrix product that libtorch does on this machine.</summary>
internal static class MatmulRate
{
    /// <summary>FLOP/s, the best of several products of 2,048 squared.</summary>
    public static double Measure(ScalarType type)
    {
        const int Size = 2048;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var (a, b) = (randn(Size, Size).to(type), randn(Size, Size).to(type));
        var best = 0.0;
        for (var i = 0; i < 8; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            using var product = a.matmul(b);
            best = Math.Max(best, 2.0 * Size * Size * Size / Stopwatch.GetElapsedTime(clock).TotalSeconds);
        }
        return best;
    }
}
