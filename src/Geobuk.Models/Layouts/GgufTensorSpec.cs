namespace Geobuk.Models.Layouts;

/// <summary>One tensor of a GGUF file and where its rows come from.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Shape">Dimensions, outermost first; GGUF writes them the other way round.</param>
/// <param name="Sources">Checkpoint keys of the tensors that it is made of; empty where it is computed.</param>
/// <param name="Role">Where it belongs.</param>
public sealed record GgufTensorSpec(string Name, IReadOnlyList<long> Shape, IReadOnlyList<string> Sources, TensorRole Role)
{
    /// <summary>Where a row lies in the checkpoint.</summary>
    public required Func<long, RowSource> Locate { get; init; }
    /// <summary>Elements of a row as <see cref="Locate"/> counts rows; 1 for a vector whose order changes.</summary>
    public required long RowLength { get; init; }
    /// <summary>Every source is a slice of the outermost dimension (or all of it), in order and unchanged.</summary>
    public bool IsVerbatim { get; init; }
    /// <summary>Small and sensitive: stays in F32 whatever the matrices get.</summary>
    public bool StaysSingle { get; init; }
    /// <summary>Values of a tensor that is computed from the configuration.</summary>
    public float[]? Values { get; init; }

    /// <summary>Number of elements.</summary>
    public long Elements { get; } = Shape.Aggregate(1L, (product, size) => checked(product * size));
    /// <summary>Rows as <see cref="Locate"/> counts them.</summary>
    public long Rows => Elements / RowLength;
}
