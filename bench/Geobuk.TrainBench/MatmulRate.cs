using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.TrainBench;

/// <summary>The best matrix product that libtorch does on this machine's processor or device.</summary>
internal static class MatmulRate
{
    /// <summary>FLOP/s, the best of several products of 2,048 squared; on a device of 8,192 squared, which fill it.</summary>
    public static double Measure(ScalarType type, Device device)
    {
        var size = device.type == DeviceType.CPU ? 2048 : 8192;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var (a, b) = (randn(size, size, device: device).to(type), randn(size, size, device: device).to(type));
        var best = 0.0;
        for (var i = 0; i < 8; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            using var product = a.matmul(b);
            Wait(device);
            best = Math.Max(best, 2.0 * size * size * size / Stopwatch.GetElapsedTime(clock).TotalSeconds);
        }
        return best;
    }

    /// <summary>Waits for what a device was given to do.</summary>
    public static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA) cuda.synchronize(device);
    }
}
