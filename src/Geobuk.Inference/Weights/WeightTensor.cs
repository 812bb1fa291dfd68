using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Weights;

/// <summary>A tensor in a mapped file, row-major, never copied; valid while its source is open.</summary>
internal sealed unsafe class WeightTensor
{
    public WeightTensor(string name, GgmlType type, IReadOnlyList<long> shape, byte* data)
    {
        Name = name;
        Type = type;
        Shape = shape;
        Data = data;
        Columns = shape[^1];
        Elements = shape.Aggregate(1L, (product, size) => checked(product * size));
        RowBytes = BlockFormat.Get(type).Bytes(Columns);
    }

    public string Name { get; }
    public GgmlType Type { get; }
    /// <summary>Outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }
    public byte* Data { get; }
    public long Columns { get; }
    public long Elements { get; }
    public long RowBytes { get; }
    public long Bytes => Elements / Columns * RowBytes;

    /// <summary>One row as single precision.</summary>
    public void DecodeRow(long row, Span<float> values) =>
        BlockFormat.Get(Type).Decode(new ReadOnlySpan<byte>(Data + row * RowBytes, (int)RowBytes), values);

    /// <summary>All elements as single precision, in an array that does not move.</summary>
    public float[] ToPinnedSingle()
    {
        var values = GC.AllocateUninitializedArray<float>(checked((int)Elements), pinned: true);
        for (long row = 0; row < Elements / Columns; row++)
            DecodeRow(row, values.AsSpan((int)(row * Columns), (int)Columns));
        return values;
    }
}
