using Geobuk.Models.Quantization;

namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>The declaration of one tensor for <see cref="GgufWriter"/>.</summary>
/// <param name="Name">Name, at most 63 bytes of UTF-8.</param>
/// <param name="Type">Stored type.</param>
/// <param name="Dimensions">1 to 4 sizes; [0] is the contiguous one.</param>
public sealed record GgufTensorToWrite(string Name, GgmlType Type, long[] Dimensions)
{
    /// <summary>Number of elements.</summary>
    public long Elements { get; } = Dimensions.Aggregate(1L, (product, size) => product * size);
    /// <summary>Bytes of the data.</summary>
    public long Bytes => BlockFormat.Get(Type).Bytes(Elements);
}
