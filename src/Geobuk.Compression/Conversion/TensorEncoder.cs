using System.Buffers;
using System.Numerics;
using Geobuk.Compression.Fitting;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Conversion;

/// <summary>
/// Reads rows of the checkpoint, puts them into the order of the file, encodes and writes them, and keeps account of what was lost.
/// Thread-safe.
/// </summary>
internal sealed class TensorEncoder(ModelCheckpoint checkpoint, GgufWriter writer, CompressionJournal journal, CompressionOptions options, IReadOnlyList<PlannedTensor> plan)
{
    // Pools of its own: the shared ones keep arrays for every thread that has ever asked, and which threads work here changes all the time.
    private readonly ArrayPool<float> _floats = ArrayPool<float>.Create();
    private readonly ArrayPool<byte> _bytes = ArrayPool<byte>.Create();

    private readonly Lazy<float[]?>?[] _factors = [.. plan.Select(tensor => options.Moments is { } moments && BlockFormat.Get(tensor.Target.Type).Grid is not null
        ? new Lazy<float[]?>(() => moments.Factors(tensor.Target.Name, (int)tensor.Columns)) : null)];

    private readonly TensorTally[] _tallies = [.. plan.Select(tensor => new TensorTally(tensor.Rows))];

    /// <summary>Root mean square of what was lost of a tensor, over that of its values.</summary>
    public double Error(int index) => _tallies[index].RelativeError;

    /// <summary>SHA-256 of a finished tensor's data.</summary>
    public string Digest(int index) => _tallies[index].Digest;

    /// <summary>Takes over what an interrupted compression finished.</summary>
    /// <returns>The tensors.</returns>
    public IReadOnlySet<int> Adopt()
    {
        var finished = journal.Adopt(writer);
        foreach (var (index, (digest, error)) in finished) _tallies[index].Adopt(digest, error);
        return finished.Keys.ToHashSet();
    }

    /// <summary>Encodes rows <paramref name="first"/> to <paramref name="end"/> of a tensor, all of one matrix of a stack.</summary>
    /// <param name="index">Index in the file.</param>
    /// <param name="first">First row in the file's order.</param>
    /// <param name="end">Row after the last.</param>
    /// <exception cref="UserInputException">A value is not a finite number.</exception>
    public void Encode(int index, long first, long end)
    {
        var tensor = plan[index];
        var columns = (int)tensor.Columns;
        var format = BlockFormat.Get(tensor.Target.Type);
        var count = checked((int)(end - first) * columns);
        var (valueBuffer, decodedBuffer) = (_floats.Rent(count), _floats.Rent(count));
        var dataBuffer = _bytes.Rent((int)format.Bytes(count));
        var values = valueBuffer.AsSpan(0, count);
        var decoded = decodedBuffer.AsSpan(0, count);
        var data = dataBuffer.AsSpan(0, (int)format.Bytes(count));
        Read(checkpoint, tensor, first, values);
        var weights = format.BlockSize == 1 ? null : options.Importance?.Of(tensor.Target.Name, tensor.SliceOf(first), tensor.Slices, columns);
        var factors = _factors[index]?.Value;
        if (weights is null && factors is null && !options.JointSearch) format.Encode(values, [], data);
        else
        {
            var fitter = new RowFitter(format, weights, factors, options.JointSearch);
            var bytes = (int)format.Bytes(columns);
            for (var row = 0; row < end - first; row++)
                fitter.Encode(values.Slice(row * columns, columns), data.Slice(row * bytes, bytes));
        }
        writer.Write(index, format.Bytes(first * columns), data);
        format.Decode(data, decoded);
        if (_tallies[index].Add(values, decoded, end - first)) Finish(index);
        _floats.Return(valueBuffer);
        _floats.Return(decodedBuffer);
        _bytes.Return(dataBuffer);
    }

    /// <summary>The last piece of a tensor is written: it is hashed, and what reading it kept in memory is given back.</summary>
    private void Finish(int index)
    {
        _tallies[index].Digest = writer.Digest(index);
        journal.Add(index, Digest(index), Error(index));
        _factors[index] = null;
        checkpoint.Release();
    }

    /// <summary>Fills rows from <paramref name="first"/> on, in the file's order, and checks them.</summary>
    /// <exception cref="UserInputException">A value is not a finite number.</exception>
    public static void Read(ModelCheckpoint checkpoint, PlannedTensor tensor, long first, Span<float> values)
    {
        var columns = (int)tensor.Columns;
        var filled = (int)tensor.Spec.RowLength;
        for (var at = 0; at < values.Length; at += columns)
        {
            var target = values.Slice(at, columns);
            var row = tensor.SourceRow(first + at / columns);
            target[(row < 0 ? 0 : filled)..].Clear();
            if (row < 0) continue;
            if (tensor.Spec.Values is { } computed) computed.AsSpan((int)row * columns, columns).CopyTo(target);
            else ReadFinite(checkpoint, tensor.Spec.Locate(row), target[..filled]);
        }
    }

    /// <summary>Values from a place of the checkpoint on.</summary>
    /// <exception cref="UserInputException">One is not a finite number: names it.</exception>
    public static void ReadFinite(ModelCheckpoint checkpoint, RowSource source, Span<float> values)
    {
        checkpoint.Read(source, values);
        if (AreFinite(values)) return;
        var wrong = values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        throw new UserInputException($"{checkpoint.Folder}: tensor {source.Tensor} has the value {values[wrong]} at element {source.Offset + wrong * source.Stride}; expected finite numbers. The training diverged or the file is damaged: take an earlier checkpoint.");
    }

    /// <summary>The span's own search compares floats one by one, which would take as long as encoding them.</summary>
    private static bool AreFinite(ReadOnlySpan<float> values)
    {
        var (i, most) = (0, new Vector<float>(float.MaxValue));
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
            if (!Vector.LessThanOrEqualAll(Vector.Abs(new Vector<float>(values[i..])), most)) return false;
        for (; i < values.Length; i++)
            if (!float.IsFinite(values[i])) return false;
        return true;
    }
}
