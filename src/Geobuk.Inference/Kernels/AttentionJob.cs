
namespace Geobuk.Inference.Kernels;

/// <summary>Attention of one layer for a batch of tokens, each with its own sequence and position.</summary>
internal unsafe struct AttentionJob
{
    /// <summary>Queries of a tile, unless a head's group alone has more.</summary>
    private const int TileRows = 32;

    /// <summary>Queries that a tile holds at most.</summary>
    public static int Rows(int queriesPerHead) => queriesPerHead * TileTokens(queriesPerHead);

    /// <summary>Tokens that a tile holds at most.</summary>
    public static int TileTokens(int queriesPerHead) => Math.Max(1, TileRows / queriesPerHead);

    /// <summary>Rows of scores, which are written by four.</summary>
    public static int ScoreRows(int queriesPerHead) => unchecked((Rows(queriesPerHead) + 3) & -4);

    /// <summary>Numbers of a row of scores: whole blocks.</summary>
    public static long Stride(int length) => ((long)length + KvLayout.BlockPositions - 1) / KvLayout.BlockPositions * KvLayout.BlockPositions;

    /// <summary>Scratch bytes of one worker for sequences of up to so many tokens: scores, and a block of keys or values.</summary>
    public static long WorkerBytes(int queriesPerHead, int headSize, int length) =>
        sizeof(float) * (ScoreRows(queriesPerHead) * Stride(length) + KvLayout.BlockPositions * headSize);

    /// <summary>First token of each tile, and one more entry where the last ends; a tile's tokens follow one another in a sequence.</summary>
    public int* TileStarts;
    public KvLayout Layout;
    public RotaryLayout Rotary;
    public int Layer;
    public int QueryHeads;
    /// <summary>1 / sqrt(head size).</summary>
    public float Scale;
    /// <summary>[tokens, query heads, head size]; turned in place.</summary>
    public float* Queries;
    /// <summary>[tokens, heads, head size]; turned in place, then copied to the cache.</summary>
    public float* Keys;
    /// <summary>[tokens, heads, head size].</summary>
    public float* Values;
    /// <summary>[tokens, query heads, head size].</summary>
    public float* Output;
    /// <summary>[tokens, head size / 2].</summary>
    public float* Cosines;
    /// <summary>[tokens, head size / 2].</summary>
    public float* Sines;
    /// <summary>[tokens].</summary>
    public int* Positions;
    /// <summary>[tokens]: the block table of the token's sequence.</summary>
    public byte*** Blocks;
    public byte* Scratch;
    public long ScratchBytes;
}
