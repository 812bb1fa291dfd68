using System.Buffers.Binary;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Quantization;

namespace Geobuk.Models.Layouts;

/// <summary>
/// A matrix [rows, columns] in the form "pack-quantized" of compressed-tensors, symmetric: NAME_packed, I32 [rows, columns·bits/32],
/// codes of 4 or 8 bits, the first in the lowest bits of a word; NAME_scale, a float [rows, groups]; NAME_shape, I64 [2].
/// value = (code − 2^(bits−1)) · scale of its group of columns.
/// </summary>
public sealed unsafe class PackedMatrix
{
    /// <summary>What the key of the codes adds to the matrix's.</summary>
    public const string CodesSuffix = "_packed";
    /// <summary>What the key of the scales adds.</summary>
    public const string ScaleSuffix = "_scale";
    /// <summary>What the key of the shape adds.</summary>
    public const string ShapeSuffix = "_shape";

    private const int WordBits = 32;

    private static readonly int[] s_widths = [4, 8];

    private readonly uint* _codes;
    private readonly byte* _scales;
    private readonly TensorDataType _scaleType;
    private readonly long _columns, _groups, _groupSize;

    private PackedMatrix(Checkpoint checkpoint, string name, IReadOnlyList<long> shape, int bits)
    {
        var scales = checkpoint.Tensors[name + ScaleSuffix];
        _codes = (uint*)checkpoint.Pointer(name + CodesSuffix);
        _scales = checkpoint.Pointer(name + ScaleSuffix);
        _scaleType = scales.DataType;
        (Bits, _columns, _groups, Elements) = (bits, shape[1], scales.Shape[1], shape[0] * shape[1]);
        _groupSize = _columns / _groups;
    }

    /// <summary>Bits of a code.</summary>
    public int Bits { get; }
    /// <summary>Values of the matrix.</summary>
    public long Elements { get; }

    /// <summary>Whether a checkpoint holds a matrix in this form.</summary>
    public static bool IsIn(Checkpoint checkpoint, string name) => checkpoint.Tensors.ContainsKey(name + CodesSuffix);

    /// <summary>Words of a row.</summary>
    public static long WordsPerRow(long columns, int bits) => (columns * bits + WordBits - 1) / WordBits;

    /// <summary>The matrix of that name; null where something is wrong with it, which is added to the problems.</summary>
    /// <param name="checkpoint">Has its codes.</param>
    /// <param name="name">Key of the matrix.</param>
    /// <param name="shape">Its shape by the configuration.</param>
    /// <param name="used">Receives the keys that belong to it.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static PackedMatrix? Find(Checkpoint checkpoint, string name, IReadOnlyList<long> shape, HashSet<string> used, List<string> problems)
    {
        foreach (var suffix in new[] { CodesSuffix, ScaleSuffix, ShapeSuffix, "_zero_point", "_g_idx" }) used.Add(name + suffix);
        foreach (var (suffix, what) in new[] { ("_zero_point", "zero points"), ("_g_idx", "columns in another order") })
        {
            if (!checkpoint.Tensors.ContainsKey(name + suffix)) continue;
            problems.Add($"{checkpoint.Folder}: tensor {name + suffix} says that the matrix has {what}; expected symmetric groups of neighbours. Quantize the original anew: geobuk compress --format compressed-tensors.");
            return null;
        }
        var codes = checkpoint.Tensors[name + CodesSuffix];
        if (!checkpoint.Tensors.TryGetValue(name + ScaleSuffix, out var scales))
        {
            problems.Add($"{checkpoint.Folder}: tensor {name + ScaleSuffix} is missing; expected the scales of {codes.Name}. Fetch the model again.");
            return null;
        }
        var bits = shape.Count == 2 && codes.DataType == TensorDataType.I32 ? s_widths.FirstOrDefault(width => codes.Shape.SequenceEqual([shape[0], WordsPerRow(shape[1], width)])) : 0;
        if (bits == 0)
            problems.Add($"{checkpoint.Folder}: tensor {codes.Name} is {codes.DataType} [{string.Join(", ", codes.Shape)}]; expected I32 codes of 4 or 8 bits of the [{string.Join(", ", shape)}] in config.json. The weights and config.json do not belong together.");
        else if (scales.Shape.Count != 2 || scales.Shape[0] != shape[0] || scales.Shape[1] < 1 || shape[1] % scales.Shape[1] != 0 || scales.DataType is not (TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16))
            problems.Add($"{checkpoint.Folder}: tensor {scales.Name} is {scales.DataType} [{string.Join(", ", scales.Shape)}]; expected F16, BF16 or F32 [{shape[0]}, groups], the groups equal parts of {shape[1]} columns. Fetch the model again.");
        else return new PackedMatrix(checkpoint, name, shape, bits);
        return null;
    }

    /// <summary>Values from an element on.</summary>
    public void Read(RowSource row, Span<float> values)
    {
        var words = WordsPerRow(_columns, Bits);
        if (row.Stride == 1 && row.Offset % _columns == 0 && values.Length == _columns)
        {
            var (line, scaleBytes) = (row.Offset / _columns, _groups * _scaleType.Size());
            Decode(new ReadOnlySpan<byte>(_codes + line * words, checked((int)words * sizeof(uint))), Bits, (int)_groupSize, _scaleType, new ReadOnlySpan<byte>(_scales + line * scaleBytes, (int)scaleBytes), values);
            return;
        }
        var (perWord, half, mask) = (WordBits / Bits, 1 << Bits - 1, (1u << Bits) - 1);
        for (var i = 0; i < values.Length; i++)
        {
            var (line, column) = Math.DivRem(row.Offset + i * row.Stride, _columns);
            var code = (int)(_codes[line * words + column / perWord] >> (int)(column % perWord) * Bits & mask) - half;
            values[i] = code * Scale(line * _groups + column / _groupSize);
        }
    }

    /// <summary>Encodes a row: the scale of each group by weighted least squares, rounded to its stored type, then the codes with it.</summary>
    /// <param name="values">A whole number of groups.</param>
    /// <param name="importance">One weight per column, or empty.</param>
    /// <param name="bits">4 or 8.</param>
    /// <param name="groupSize">Columns that share a scale.</param>
    /// <param name="scaleType">F16, BF16 or F32.</param>
    /// <param name="codes">Receives the words, little-endian.</param>
    /// <param name="scales">Receives the scales in their stored type.</param>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, int bits, int groupSize, TensorDataType scaleType, Span<byte> codes, Span<byte> scales)
    {
        var (perWord, half, size) = (WordBits / bits, 1 << bits - 1, scaleType.Size());
        Span<byte> group = stackalloc byte[groupSize];
        Span<float> scale = stackalloc float[1];
        codes.Clear();
        for (var first = 0; first < values.Length; first += groupSize)
        {
            var part = values.Slice(first, groupSize);
            scale[0] = ScaleFit.Symmetric(part, importance.IsEmpty ? default : importance.Slice(first, groupSize), half, group);
            var stored = scales.Slice(first / groupSize * size, size);
            scaleType.FromSingle(scale, stored);
            scaleType.ToSingle(stored, scale);
            for (var i = 0; i < groupSize; i++)
            {
                var code = scale[0] == 0 ? half : ScaleFit.Code(part[i] / scale[0], -half, half - 1) + half;
                var word = codes.Slice((first + i) / perWord * sizeof(uint), sizeof(uint));
                BinaryPrimitives.WriteUInt32LittleEndian(word, BinaryPrimitives.ReadUInt32LittleEndian(word) | (uint)code << (first + i) % perWord * bits);
            }
        }
    }

    /// <summary>Decodes what <see cref="Encode"/> writes.</summary>
    public static void Decode(ReadOnlySpan<byte> codes, int bits, int groupSize, TensorDataType scaleType, ReadOnlySpan<byte> scales, Span<float> values)
    {
        var (half, mask, size) = (1 << bits - 1, (1 << bits) - 1, scaleType.Size());
        Span<float> scale = stackalloc float[1];
        for (var first = 0; first < values.Length; first += groupSize)
        {
            scaleType.ToSingle(scales.Slice(first / groupSize * size, size), scale);
            for (var i = first; i < first + groupSize; i++) values[i] = ((codes[i * bits / 8] >> i * bits % 8 & mask) - half) * scale[0];
        }
    }

    private float Scale(long index)
    {
        Span<float> value = stackalloc float[1];
        var size = _scaleType.Size();
        _scaleType.ToSingle(new ReadOnlySpan<byte>(_scales + index * size, size), value);
        return value[0];
    }
}
