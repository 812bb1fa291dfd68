using Geobuk.Models;

namespace Geobuk.Compression.Surgery;

/// <summary>
/// Feed-forward widths that no super-block divides get zero channels: rows of zeros under gate and up, columns of zeros in down.
/// The function stays the same, since silu(0) · 0 = 0 and zeros add nothing, and every matrix can have the type meant for it.
/// </summary>
public static class FeedForwardPadding
{
    /// <summary>The configuration with its widths raised to a multiple of <paramref name="multiple"/>; the same one where nothing changes.</summary>
    public static ModelConfig Pad(ModelConfig config, int multiple)
    {
        var padded = Raise(config.IntermediateSize, multiple);
        var result = padded == config.IntermediateSize ? config : config with { IntermediateSize = padded };
        if (config.Mixture is not { } mixture) return result;
        var inner = Raise(mixture.IntermediateSize, multiple);
        return inner == mixture.IntermediateSize ? result : result with { Mixture = mixture with { IntermediateSize = inner } };
    }

    /// <summary>What <see cref="Pad"/> changed, in words.</summary>
    public static IReadOnlyList<string> Describe(ModelConfig before, ModelConfig after)
    {
        var changes = new List<string>();
        if (before.IntermediateSize != after.IntermediateSize) changes.Add($"feed-forward width {before.IntermediateSize} padded with zeros to {after.IntermediateSize}");
        if (before.Mixture is { } from && after.Mixture is { } to && from.IntermediateSize != to.IntermediateSize)
            changes.Add($"expert width {from.IntermediateSize} padded with zeros to {to.IntermediateSize}");
        return changes;
    }

    private static int Raise(int width, int multiple) => checked((width + multiple - 1) / multiple * multiple);
}
