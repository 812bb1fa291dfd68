namespace Geobuk.Compression.Pruning;

/// <summary>How much every part of a model matters for a calibration text.</summary>
public sealed record ModelImportance
{
    /// <summary>
    /// Block influence of every layer: 1 - cos(residual stream before, after), the mean over tokens (Men et al. 2024,
    /// arXiv:2403.03853). A layer that turns the stream little is missed little.
    /// </summary>
    public required IReadOnlyList<double> Layers { get; init; }
    /// <summary>
    /// By dense layer, for every channel of the MLP: the sum over tokens of its squared activation times the squared length of its
    /// column in down_proj, which is what the channel adds to the residual stream.
    /// </summary>
    public required IReadOnlyDictionary<int, double[]> Channels { get; init; }
    /// <summary>
    /// By mixture layer, for every expert: the sum over the tokens routed to it of the length of its output times its routing weight
    /// (Lasby et al. 2025, arXiv:2510.13999, there the mean; the sum counts how often it is needed, too).
    /// </summary>
    public required IReadOnlyDictionary<int, double[]> Experts { get; init; }
    /// <summary>Tokens of the text.</summary>
    public required long Tokens { get; init; }
}
