using Geobuk.Inference;

namespace Geobuk.Cli.Inspection;

/// <summary>What "fits" means.</summary>
/// <param name="Context">Tokens of context that must have room beside the weights.</param>
/// <param name="Cache">Element type of the key-value cache.</param>
internal sealed record InspectOptions(int Context, KeyValueType Cache)
{
    /// <summary>Bytes of a number in the cache; in the coarser types with its part of a block's scale.</summary>
    public double CacheBytes => Cache switch { KeyValueType.F32 => 4, KeyValueType.F16 => 2, KeyValueType.Q8_0 => 34 / 32.0, _ => 18 / 32.0 };
}
