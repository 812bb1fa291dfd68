namespace Geobuk.Compression.Quantization;

/// <summary>The matrices of a layer that mixes make exceptions for.</summary>
public enum MatrixPart
{
    /// <summary>Any other.</summary>
    Other,
    /// <summary>Values of grouped-query attention.</summary>
    Value,
    /// <summary>What leads from attention back to the residual stream.</summary>
    AttentionOutput,
    /// <summary>What leads from a feed-forward block back, experts included.</summary>
    Down,
}
