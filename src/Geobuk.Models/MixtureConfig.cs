namespace Geobuk.Models;

/// <summary>
/// A mixture of experts: every token is computed by the shared experts and by those that a sigmoid router picks for it, after a
/// correction that steers the choice but not the weights (DeepSeek-V3, arXiv:2412.19437, section 2.1.2).
/// </summary>
public sealed record MixtureConfig
{
    /// <summary>Experts to choose from.</summary>
    public required int RoutedExperts { get; init; }
    /// <summary>Experts that every token passes, stored as one MLP of their widths together.</summary>
    public required int SharedExperts { get; init; }
    /// <summary>Experts that are chosen for a token.</summary>
    public required int ExpertsPerToken { get; init; }
    /// <summary>Width of one expert.</summary>
    public required int IntermediateSize { get; init; }
    /// <summary>Layers that have an ordinary MLP instead, ascending; in the released models those at the beginning.</summary>
    public IReadOnlyList<int> DenseLayers { get; init; } = [];
    /// <summary>Groups of neighbouring experts; 1 means no groups.</summary>
    public int Groups { get; init; } = 1;
    /// <summary>Groups that a token may choose from.</summary>
    public int KeptGroups { get; init; } = 1;
    /// <summary>The weights of the chosen experts sum to one before they are scaled.</summary>
    public bool NormalizeWeights { get; init; } = true;
    /// <summary>Factor of the routed experts' sum.</summary>
    public double WeightScale { get; init; } = 1;

    /// <summary>How many of the dense layers come before the first mixture.</summary>
    public int LeadingDenseLayers => DenseLayers.TakeWhile((layer, i) => layer == i).Count();
    /// <summary>Width of the shared experts together.</summary>
    public int SharedIntermediateSize => SharedExperts * IntermediateSize;
}
