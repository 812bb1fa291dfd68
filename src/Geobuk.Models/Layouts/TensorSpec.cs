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
    /// <summary>
    /// Whether 8-bit checkpoints store it in 8 bits: the linear layers but head, router, gates of norms and the indexer's head weights,
    /// as the released ones have it.
    /// </summary>
    public bool HasBlockScales => Shape.Count == 2 && Role is not (TensorRole.Embedding or TensorRole.Head or TensorRole.Router or TensorRole.Norm)
        && !Name.EndsWith(".weights_proj.weight", StringComparison.Ordinal);
    /// <summary>Gradients reach it.</summary>
    public bool Learns => Role != TensorRole.Indexer && !IsCorrection;
}
