using Geobuk.Models.Quantization;
using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>A matrix [outputs, inputs] that stays in the blocks of a mapped GGUF file and is decoded whenever it is used.</summary>
/// <param name="format">The blocks.</param>
/// <param name="data">Address of the first row that belongs to the matrix.</param>
/// <param name="rows">For every row of the file, the row of the matrix.</param>
/// <param name="columns">Inputs.</param>
internal sealed unsafe class QuantizedWeight(BlockFormat format, nint data, long[] rows, int columns)
{
    /// <summary>The matrix in a type on a device, in the caller's scope; decoded by the processor.</summary>
    public Tensor Decode(ScalarType type, Device device)
    {
        var matrix = empty(rows.Length, columns, float32);
        var (target, bytes) = ((nint)Blocks.Pointer(matrix), (int)format.Bytes(columns));
        Blocks.ForRows(rows.Length, (_, from, to) =>
        {
            for (var row = from; row < to; row++)
                format.Decode(new ReadOnlySpan<byte>((byte*)data + row * bytes, bytes), new Span<float>((float*)target + rows[row] * columns, columns));
        });
        if (type == float32 && device.type == DeviceType.CPU) return matrix;
        using (matrix) return matrix.to(type, device);
    }
}
