namespace Geobuk.Models.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Checkpoint key.</param>
/// <param name="DataType">Element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record SafetensorsTensor(string Name, TensorDataType DataType, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Bytes / DataType.Size();
}
