
namespace Geobuk.Inference.Kernels;

/// <summary>Latent attention of one layer for a batch of tokens, each with its own sequence and position.</summary>
internal unsafe struct LatentJob
{
    /// <summary>Heads that one index of the attention loop computes: they read each cached row together.</summary>
    public const int GroupHeads = 8;

    public KvLayout Layout;
    public RotaryLayout Rotary;
    public int Layer, Tokens, Heads, QueryRank, Rank, PlainSize, RotarySize, ValueSize;
    public float Scale, Epsilon;
    /// <summary>[query rank].</summary>
    public float* QueryNorm;
    /// <summary>[rank].</summary>
    public float* KeyValueNorm;
    /// <summary>[tokens, query rank].</summary>
    public float* QueryLatent;
    /// <summary>[tokens, query rank].</summary>
    public float* QueryNormed;
    /// <summary>[tokens, heads, plain + rotary]; the rotary part is turned in place.</summary>
    public float* Queries;
    /// <summary>[heads, tokens, plain].</summary>
    public float* Plain;
    /// <summary>[tokens, rank + rotary]; normed and turned in place, then copied to the cache.</summary>
    public float* Latent;
    /// <summary>[heads, tokens, rank].</summary>
    public float* Absorbed;
    /// <summary>[heads, tokens, rank].</summary>
    public float* MixedLatent;
    /// <summary>[heads, tokens, value].</summary>
    public float* Values;
    /// <summary>[tokens, heads, value], or null.</summary>
    public float* Gate;
    /// <summary>[tokens, heads, value].</summary>
    public float* Mixed;
    /// <summary>[tokens, rotary / 2].</summary>
    public float* Cosines;
    /// <summary>[tokens, rotary / 2].</summary>
    public float* Sines;
    /// <summary>[tokens].</summary>
    public int* Positions;
    /// <summary>[tokens]: the block table of the token's sequence.</summary>
    public byte*** Blocks;
    /// <summary>Which positions each token reads; all where it is empty.</summary>
    public PositionSelection Selection;
    public byte* Scratch;
    public long ScratchBytes;

    public readonly int HeadGroups => (Heads + GroupHeads - 1) / GroupHeads;
}
