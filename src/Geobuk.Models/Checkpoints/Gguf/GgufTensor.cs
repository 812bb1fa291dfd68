using Geobuk.Models.Quantization;

namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>One tensor of a GGUF file.</summary>
/// <param name="Name">Name, such as blk.0.attn_q.weight.</param>
/// <param name="Type">Stored type.</param>
/// <param name="Dimensions">1 to 4 sizes; [0] is the contiguous one, the row length.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record GgufTensor(string Name, GgmlType Type, long[] Dimensions, long Offset, long Bytes)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Dimensions.Aggregate(1L, (product, size) => product * size);
    /// <summary>Elements in a row.</summary>
    public long RowLength => Dimensions[0];
    /// <summary>Rows, over all outer dimensions.</summary>
    public long Rows => Dimensions.Skip(1).Aggregate(1L, (product, size) => product * size);
}
