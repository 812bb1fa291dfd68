using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Runs a kernel on arrays, through the same loop and pool as the engine.</summary>
internal static unsafe class MatrixProduct
{
    /// <summary>output[t, r] = bias[r] + sum of weights[r] * input[t], added to <paramref name="output"/> if it is given.</summary>
    public static float[] Run(
        MatrixKernel kernel, byte[] weights, int rows, float[] input, int tokens, int threads, float[]? bias = null, float[]? output = null)
    {
        var columns = input.Length / tokens;
        using var pool = new WorkerPool(threads);
        using var quantized = new QuantizedInput(input, tokens);
        using var scratch = new NativeBuffer<byte>(threads * kernel.ScratchBytes(columns));
        var result = output?.ToArray() ?? new float[tokens * rows];
        fixed (byte* w = weights)
        fixed (float* b = bias, o = result)
        {
            using var loop = new MatrixLoop(1);
            loop.Add(new MatrixJob
            {
                Kernel = kernel.Multiply,
                Weights = w,
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

    /// <summary>Every row in single precision by the kernel's own decoder.</summary>
    public static float[] Decode(MatrixKernel kernel, byte[] weights, int rows, int columns)
    {
        using var scratch = new NativeBuffer<byte>(kernel.ScratchBytes(columns));
        var values = new float[rows * columns];
        fixed (byte* w = weights)
        fixed (float* v = values)
        {
            for (var r = 0; r < rows; r++) kernel.Decode(w + r * (weights.Length / rows), v + r * columns, columns, scratch.Pointer);
        }
        return values;
    }
}
