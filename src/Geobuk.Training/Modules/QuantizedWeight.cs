using System.Buffers.Binary;
using Geobuk.Models.Quantization;
using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// A matrix [outputs, inputs] that stays in the blocks of a mapped GGUF file and is decoded whenever it is used: by the processor out of
/// the file, on another device out of a copy of the blocks.
/// </summary>
/// <param name="format">The blocks.</param>
/// <param name="data">Address of the first row that belongs to the matrix.</param>
/// <param name="rows">For every row of the file, the row of the matrix.</param>
/// <param name="columns">Inputs.</param>
internal sealed unsafe class QuantizedWeight(BlockFormat format, nint data, long[] rows, int columns) : IDisposable
{
    private readonly int _rowBytes = (int)format.Bytes(columns);
    private Tensor? _blocks;
    private Tensor? _factors;

    /// <summary>Copies the blocks to a device other than the processor.</summary>
    public void Place(Device device)
    {
        if (device.type != DeviceType.CPU) Copy(device);
    }

    /// <summary>Copies the blocks to the device.</summary>
    internal void Copy(Device device)
    {
        var (count, factors) = (columns / format.BlockSize, format.FactorOffsets.Count);
        using var blocks = empty(rows.Length, count, format.BlockBytes, uint8);
        using var scales = empty(rows.Length, count, factors, float32);
        var (bytes, singles) = ((nint)Blocks.Pointer(blocks), (nint)Blocks.Pointer(scales));
        Blocks.ForRows(rows.Length, (_, from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                var source = Row(row);
                source.CopyTo(new Span<byte>((byte*)bytes + rows[row] * _rowBytes, _rowBytes));
                var target = new Span<float>((float*)singles + rows[row] * count * factors, count * factors);
                for (var i = 0; i < target.Length; i++)
                    target[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(i / factors * format.BlockBytes + format.FactorOffsets[i % factors])..]);
            }
        });
        (_blocks, _factors) = (blocks.to(device, copy: true).DetachFromDisposeScope(), scales.to(device, copy: true).DetachFromDisposeScope());
    }

    /// <summary>The matrix in a type on a device, in the caller's scope.</summary>
    public Tensor Decode(ScalarType type, Device device)
    {
        var matrix = _blocks is null || _factors is null ? DecodeRows() : BlockTensors.Decode(format.Type, _blocks, _factors);
        if (type == float32 && device.type == matrix.device_type) return matrix;
        using (matrix) return matrix.to(type, device);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _blocks?.Dispose();
        _factors?.Dispose();
    }

    private Tensor DecodeRows()
    {
        var matrix = empty(rows.Length, columns, float32);
        var target = (nint)Blocks.Pointer(matrix);
        Blocks.ForRows(rows.Length, (_, from, to) =>
        {
            for (var row = from; row < to; row++) format.Decode(Row(row), new Span<float>((float*)target + rows[row] * columns, columns));
        });
        return matrix;
    }

    private ReadOnlySpan<byte> Row(long row) => new((byte*)data + row * _rowBytes, _rowBytes);
}
