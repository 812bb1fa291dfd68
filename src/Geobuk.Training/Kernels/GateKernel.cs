using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>SwiGLU over rows [gate | up] of 2 * <c>inner</c> elements: y = gate sigmoid(gate) up, and its gradient.</summary>
internal static unsafe class GateKernel
{
    /// <summary>Writes y.</summary>
    public static void Forward<TCell>(byte* x, byte* y, int inner, long from, long to) where TCell : struct, ICell
    {
        for (var row = from; row < to; row++)
        {
            var gate = x + 2 * row * inner * TCell.Size;
            var up = gate + (long)inner * TCell.Size;
            var output = y + row * inner * TCell.Size;
            var i = 0;
            for (; i <= inner - 16; i += 16)
            {
                var g = TCell.Load(gate + i * TCell.Size);
                TCell.Store(output + i * TCell.Size, g * Sigmoid(g) * TCell.Load(up + i * TCell.Size));
            }
            for (; i < inner; i++)
            {
                var g = TCell.LoadOne(gate + i * TCell.Size);
                TCell.StoreOne(output + i * TCell.Size, g * Sigmoid(g) * TCell.LoadOne(up + i * TCell.Size));
            }
        }
    }

    /// <summary>dgate = dy up s (1 + gate (1 - s)), dup = dy gate s, with s = sigmoid(gate).</summary>
    public static void Backward<TCell>(byte* x, byte* dy, byte* dx, int inner, long from, long to) where TCell : struct, ICell
    {
        for (var row = from; row < to; row++)
        {
            var (first, second) = (2 * row * inner * TCell.Size, (2 * row + 1) * inner * TCell.Size);
            var given = dy + row * inner * TCell.Size;
            var i = 0;
            for (; i <= inner - 16; i += 16)
            {
                var at = i * TCell.Size;
                var (g, u, d) = (TCell.Load(x + first + at), TCell.Load(x + second + at), TCell.Load(given + at));
                var s = Sigmoid(g);
                TCell.Store(dx + first + at, d * u * s * (Vector512<float>.One + g * (Vector512<float>.One - s)));
                TCell.Store(dx + second + at, d * g * s);
            }
            for (; i < inner; i++)
            {
                var at = i * TCell.Size;
                var (g, u, d) = (TCell.LoadOne(x + first + at), TCell.LoadOne(x + second + at), TCell.LoadOne(given + at));
                var s = Sigmoid(g);
                TCell.StoreOne(dx + first + at, d * u * s * (1 + g * (1 - s)));
                TCell.StoreOne(dx + second + at, d * g * s);
            }
        }
    }

    private static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-x));

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));
}
