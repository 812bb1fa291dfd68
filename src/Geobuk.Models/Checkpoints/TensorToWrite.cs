namespace Geobuk.Models.Checkpoints;

/// <summary>One tensor for <see cref="SafetensorsWriter"/>: its values are asked for when their turn comes.</summary>
/// <param name="Name">Checkpoint key.</param>
/// <param name="DataType">Stored element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Values">Row-major single-precision values; called once.</param>
public sealed record TensorToWrite(string Name, TensorDataType DataType, IReadOnlyList<long> Shape, Func<float[]> Values)
{
    /// <summary>Bytes in the file.</summary>
    public long Bytes => Shape.Aggregate((long)DataType.Size(), (product, size) => checked(product * size));
}
