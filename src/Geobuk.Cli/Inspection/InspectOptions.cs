using Geobuk.Inference;

namespace Geobuk.Cli.Inspection;

/// <summary>What "fits" means.</summary>
/// <param name="Context">Tokens of context that must have room beside the weights.</param>
/// <param name="Cache">Element type of the key-value cache.</param>
internal sealed record InspectOptions(int Context, KeyValueType Cache)
{
    /// <summary>Bytes of a number in the cache.</summary>
    public int CacheBytes => Cache == KeyValueType.F16 ? 2 : 4;
}
