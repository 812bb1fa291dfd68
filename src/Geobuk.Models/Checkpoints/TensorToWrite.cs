namespace Geobuk.Models.Checkpoints;

/// <summary>One tensor for <see cref="SafetensorsWriter"/>: its values are asked for when their turn comes.</summary>
/// <param name="Name">Checkpoint key.</param>
/// <param name="DataType">Stored element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Values">Row-major single-precision values; called once.</param>
public sealed record TensorToWrite(string Name, TensorDataType DataType, IReadOnlyList<long> Shape, Func<float[]> Values)
{
    /// <summary>Writes the stored form itself, <see cref="Bytes"/> bytes, instead of values: integers, and what is copied piece by piece.</summary>
    public Action<Stream>? Stored { get; private init; }

    /// <summary>Bytes in the file.</summary>
    public long Bytes => Shape.Aggregate((long)DataType.Size(), (product, size) => checked(product * size));

    /// <summary>A tensor that writes its stored form itself.</summary>
    public static TensorToWrite OfStored(string name, TensorDataType dataType, IReadOnlyList<long> shape, Action<Stream> write) =>
        new(name, dataType, shape, () => throw new InvalidOperationException($"{name} is written as it is stored")) { Stored = write };
}
