using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Conversion;

/// <summary>Reads rows of the checkpoint, puts them into the order of the file, encodes and writes them. Thread-safe.</summary>
internal sealed unsafe class TensorEncoder(Checkpoint checkpoint, GgufWriter writer)
{
    /// <summary>Encodes rows <paramref name="first"/> to <paramref name="end"/> of a tensor.</summary>
    /// <param name="index">Index in the file.</param>
    /// <param name="tensor">The plan of it.</param>
    /// <param name="first">First row in the file's order.</param>
    /// <param name="end">Row after the last.</param>
    /// <exception cref="UserInputException">A value is not a finite number.</exception>
    public void Encode(int index, PlannedTensor tensor, long first, long end)
    {
        var columns = (int)RowLength(tensor);
        var format = BlockFormat.Get(tensor.Target.Type);
        var values = new float[checked((end - first) * columns)];
        for (var row = first; row < end; row++)
            ReadRow(tensor, SourceRow(tensor, row), values.AsSpan((int)(row - first) * columns, columns));
        CheckFinite(tensor, values, first);
        var data = new byte[format.Bytes(values.Length)];
        format.Encode(values, [], data);
        writer.Write(index, format.Bytes(first * columns), data);
    }

    /// <summary>Rows of a tensor; each element of a vector is a row, so that its order can change, too.</summary>
    public static long Rows(PlannedTensor tensor) => tensor.Target.Elements / RowLength(tensor);

    private static long RowLength(PlannedTensor tensor) => tensor.Target.Dimensions.Length == 1 ? 1 : tensor.Target.Dimensions[0];

    private void ReadRow(PlannedTensor tensor, long row, Span<float> values)
    {
        if (tensor.Values is { } computed)
        {
            computed.AsSpan((int)row, values.Length).CopyTo(values);
            return;
        }
        var type = checkpoint.Tensors[tensor.Source!].DataType;
        var bytes = values.Length * type.Size();
        type.ToSingle(new ReadOnlySpan<byte>(checkpoint.Pointer(tensor.Source!) + row * bytes, bytes), values);
    }

    /// <summary>
    /// llama.cpp's Llama turns adjacent elements of a head together where Hugging Face turns element i with i + size / 2:
    /// row 2i + h of a head in the file is row i + h·size / 2 of it in the checkpoint.
    /// </summary>
    internal static long SourceRow(PlannedTensor tensor, long row)
    {
        if (tensor.PermutedHeads == 0) return row;
        var size = Rows(tensor) / tensor.PermutedHeads;
        var (head, place) = (row / size, row % size);
        return head * size + place % 2 * (size / 2) + place / 2;
    }

    private static void CheckFinite(PlannedTensor tensor, float[] values, long firstRow)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i])) continue;
            throw new UserInputException($"{tensor.Source}: value {values[i]} in row {SourceRow(tensor, firstRow + i / RowLength(tensor))}; expected finite numbers. The training diverged or the file is damaged: take an earlier checkpoint.");
        }
    }
}
