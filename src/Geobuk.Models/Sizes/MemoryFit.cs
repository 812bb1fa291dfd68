namespace Geobuk.Models.Sizes;

/// <summary>Whether a model in some form fits a memory together with the cache of a context.</summary>
/// <param name="Memory">The memory.</param>
/// <param name="Format">Form of the weights.</param>
/// <param name="WeightBytes">Their bytes.</param>
/// <param name="Fits">Weights and the context fit.</param>
/// <param name="ContextTokens">Tokens whose cache fits beside the weights, all sequences together; 0 where the weights do not fit.</param>
public sealed record MemoryFit(MemoryUnit Memory, string Format, long WeightBytes, bool Fits, long ContextTokens)
{
    /// <summary>Weighs a form of a model against a memory.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="format">Name of the form.</param>
    /// <param name="weightBytes">Bytes of the weights.</param>
    /// <param name="cache">The cache's numbers per token.</param>
    /// <param name="bytesPerNumber">Bytes of each, 2 for f16.</param>
    /// <param name="context">Tokens that must have room.</param>
    public static MemoryFit Of(MemoryUnit memory, string format, long weightBytes, CacheSize cache, double bytesPerNumber, int context)
    {
        var perToken = cache.Numbers * bytesPerNumber / Math.Min(memory.Count, cache.Heads);
        var room = memory.UsableBytes - (double)weightBytes / memory.Count;
        var tokens = room <= 0 ? 0 : (long)(room / perToken);
        return new MemoryFit(memory, format, weightBytes, tokens >= context, tokens);
    }
}
