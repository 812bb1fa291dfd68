using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>y = x r w with r = 1 / sqrt(mean(x^2) + eps), and its gradients; rows of <c>size</c> elements, sums in single precision.</summary>
internal static unsafe class RmsNormKernel
{
    /// <summary>Writes y and the factor r of every row.</summary>
    public static void Forward<TCell>(byte* x, byte* weight, byte* y, float* factors, int size, float epsilon, long from, long to) where TCell : struct, ICell
    {
        for (var row = from; row < to; row++)
        {
            var input = x + row * size * TCell.Size;
            var output = y + row * size * TCell.Size;
            var sum = Vector512<float>.Zero;
            var rest = 0f;
            var i = 0;
            for (; i <= size - 16; i += 16)
            {
                var values = TCell.Load(input + i * TCell.Size);
                sum += values * values;
            }
            for (; i < size; i++)
            {
                var value = TCell.LoadOne(input + i * TCell.Size);
                rest += value * value;
            }
            var factor = 1 / MathF.Sqrt((Vector512.Sum(sum) + rest) / size + epsilon);
            factors[row] = factor;
            for (i = 0; i <= size - 16; i += 16)
                TCell.Store(output + i * TCell.Size, TCell.Load(input + i * TCell.Size) * factor * TCell.Load(weight + i * TCell.Size));
            for (; i < size; i++)
                TCell.StoreOne(output + i * TCell.Size, TCell.LoadOne(input + i * TCell.Size) * factor * TCell.LoadOne(weight + i * TCell.Size));
        }
    }

    /// <summary>dx = r (dy w) - x r^3 / size * sum(dy w x); adds dy x r to <paramref name="weightGradient"/>, if it is wanted.</summary>
    public static void Backward<TCell>(
        byte* x, byte* weight, byte* dy, byte* dx, float* factors, float* weightGradient, int size, long from, long to) where TCell : struct, ICell
    {
        for (var row = from; row < to; row++)
        {
            var offset = row * size * TCell.Size;
            var factor = factors[row];
            var sum = Vector512<float>.Zero;
            var rest = 0f;
            var i = 0;
            for (; i <= size - 16; i += 16)
            {
                var at = i * TCell.Size;
                var product = TCell.Load(dy + offset + at) * TCell.Load(x + offset + at);
                sum += product * TCell.Load(weight + at);
                if (weightGradient != null) (Vector512.Load(weightGradient + i) + product * factor).Store(weightGradient + i);
            }
            for (; i < size; i++)
            {
                var at = i * TCell.Size;
                var product = TCell.LoadOne(dy + offset + at) * TCell.LoadOne(x + offset + at);
                rest += product * TCell.LoadOne(weight + at);
                if (weightGradient != null) weightGradient[i] += product * factor;
            }
            var pull = (Vector512.Sum(sum) + rest) * factor * factor * factor / size;
            for (i = 0; i <= size - 16; i += 16)
            {
                var at = i * TCell.Size;
                TCell.Store(dx + offset + at, TCell.Load(dy + offset + at) * TCell.Load(weight + at) * factor - TCell.Load(x + offset + at) * pull);
            }
            for (; i < size; i++)
            {
                var at = i * TCell.Size;
                TCell.StoreOne(dx + offset + at, TCell.LoadOne(dy + offset + at) * TCell.LoadOne(weight + at) * factor - TCell.LoadOne(x + offset + at) * pull);
            }
        }
    }
}
