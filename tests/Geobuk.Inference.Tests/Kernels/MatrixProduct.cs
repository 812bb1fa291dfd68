using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Runs a kernel on arrays, through the same loop and pool as the engine.</summary>
internal static unsafe class MatrixProduct
{
    /// <summary>output[t, r] = bias[r] + sum of weights[r] * input[t], added to <paramref name="output"/> if it is given.</summary>
    public static float[] Run(
        MatrixKernel kernel, byte[] weights, int rows, float[] input, int tokens, int threads, float[]? bias = null, float[]? output = null,
        bool repack = false)
    {
        var columns = input.Length / tokens;
        using var pool = new WorkerPool(threads);
        using var quantized = new QuantizedInput(input, tokens);
        using var scratch = new NativeBuffer<byte>(threads * kernel.ScratchBytes(columns));
        var layout = kernel.Panels is { } open ? open with { Blocks = columns / kernel.InputBlock } : default;
        using var panels = new NativeBuffer<byte>(repack ? PanelLayout.Panels(rows) * layout.PanelBytes : 0);
        var result = output?.ToArray() ?? new float[tokens * rows];
        fixed (byte* w = weights)
        fixed (float* b = bias, o = result)
        {
            if (repack) Fill(layout, w, weights.Length / rows, rows, panels.Pointer);
            using var loop = new MatrixLoop(1);
            loop.Add(new MatrixJob
            {
                Kernel = kernel.Multiply,
                Weights = w,
                Panels = repack ? panels.Pointer : null,
                RowBytes = weights.Length / rows,
                Rows = rows,
                Columns = columns,
                Bias = b,
                Tokens = tokens,
                Input = quantized.Rows,
                Output = o,
                Accumulate = output is not null,
            });
            loop.Run(pool, scratch.Pointer, kernel.ScratchBytes(columns));
        }
        return result;
    }

    private static void Fill(PanelLayout layout, byte* weights, long rowBytes, int rows, byte* panels)
    {
        for (var row = 0; row < rows; row += PanelLayout.Rows)
            layout.Fill(weights + row * rowBytes, rowBytes, Math.Min(PanelLayout.Rows, rows - row), panels + row / PanelLayout.Rows * layout.PanelBytes);
    }
}
