
namespace Geobuk.Inference.Kernels;

/// <summary>RoPE, Su et al. 2021, arXiv:2104.09864.</summary>
internal static unsafe class Rotary
{
    /// <summary>Turns each pair of <paramref name="size"/> elements by its angle.</summary>
    public static void Turn(float* head, float* cosines, float* sines, int size, RotaryLayout layout)
    {
        unchecked
        {
            var half = size / 2;
            var (step, distance) = layout == RotaryLayout.HalfSplit ? (1, half) : (2, 1);
            for (var i = 0; i < half; i++)
            {
                var x = head[i * step];
                var y = head[i * step + distance];
                head[i * step] = x * cosines[i] - y * sines[i];
                head[i * step + distance] = x * sines[i] + y * cosines[i];
            }
        }
    }
}
