namespace Geobuk.Models.Layouts;

/// <summary>One tensor of a checkpoint, as the configuration asks for it.</summary>
/// <param name="Name">Checkpoint key under which Geobuk saves it.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Role">Where it belongs.</param>
/// <param name="Alias">Another key under which it is published, or null.</param>
public sealed record TensorSpec(string Name, IReadOnlyList<long> Shape, TensorRole Role, string? Alias = null)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => checked(product * size));
    /// <summary>The correction of the router's scores: steers the choice, gets no gradient, is kept in F32.</summary>
    public bool IsCorrection => Name.EndsWith(".e_score_correction_bias", StringComparison.Ordinal);
    /// <summary>Gradients reach it.</summary>
    public bool Learns => Role != TensorRole.Indexer && !IsCorrection;
}
