namespace Geobuk.Inference.Kernels;

/// <summary>The indexer of one layer for a batch of tokens.</summary>
internal unsafe struct IndexerJob
{
    public KvLayout Layout;
    public int Layer, Heads, HeadSize, RotarySize;
    /// <summary>[head size].</summary>
    public float* KeyNormScale;
    /// <summary>[head size].</summary>
    public float* KeyNormBias;
    /// <summary>[tokens, heads, head size]; turned in place.</summary>
    public float* Queries;
    /// <summary>[tokens, head size]; normed and turned in place, then copied to the cache.</summary>
    public float* Keys;
    /// <summary>[tokens, heads].</summary>
    public float* HeadWeights;
    /// <summary>[tokens, rotary / 2].</summary>
    public float* Cosines;
    /// <summary>[tokens, rotary / 2].</summary>
    public float* Sines;
    /// <summary>[tokens].</summary>
    public int* Positions;
    /// <summary>[tokens]: the block table of the token's sequence.</summary>
    public byte*** Blocks;
    public PositionSelection Selection;
    public byte* Scratch;
    public long ScratchBytes;
}
