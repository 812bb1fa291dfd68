using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Conversion;

/// <summary>Reads rows of the checkpoint, puts them into the order of the file, encodes and writes them. Thread-safe.</summary>
internal sealed class TensorEncoder(ModelCheckpoint checkpoint, GgufWriter writer)
{
    /// <summary>Encodes rows <paramref name="first"/> to <paramref name="end"/> of a tensor.</summary>
    /// <param name="index">Index in the file.</param>
    /// <param name="tensor">The plan of it.</param>
    /// <param name="first">First row in the file's order.</param>
    /// <param name="end">Row after the last.</param>
    /// <exception cref="UserInputException">A value is not a finite number.</exception>
    public void Encode(int index, PlannedTensor tensor, long first, long end)
    {
        var columns = (int)tensor.Spec.RowLength;
        var format = BlockFormat.Get(tensor.Target.Type);
        var values = new float[checked((end - first) * columns)];
        for (var row = first; row < end; row++)
        {
            var target = values.AsSpan((int)(row - first) * columns, columns);
            if (tensor.Spec.Values is { } computed) computed.AsSpan((int)row * columns, columns).CopyTo(target);
            else checkpoint.Read(tensor.Spec.Locate(row), target);
        }
        CheckFinite(tensor.Spec, values, first);
        var data = new byte[format.Bytes(values.Length)];
        format.Encode(values, [], data);
        writer.Write(index, format.Bytes(first * columns), data);
    }

    private void CheckFinite(GgufTensorSpec spec, float[] values, long firstRow)
    {
        var wrong = values.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (wrong < 0) return;
        var source = spec.Locate(firstRow + wrong / spec.RowLength);
        var element = source.Offset + wrong % spec.RowLength * source.Stride;
        throw new UserInputException($"{checkpoint.Folder}: tensor {source.Tensor} has the value {values[wrong]} at element {element}; expected finite numbers. The training diverged or the file is damaged: take an earlier checkpoint.");
    }
}
