namespace Geobuk.Inference;

/// <summary>What an engine is busy with at one moment.</summary>
/// <param name="Running">Generations that take part in steps.</param>
/// <param name="Waiting">Generations that wait for a place or for blocks.</param>
/// <param name="UnreadTokens">Tokens of both that are to be computed before they generate.</param>
/// <param name="UsedBlocks">Cache blocks that sequences hold.</param>
/// <param name="CachedBlocks">Cache blocks kept for beginnings that come again; free when needed.</param>
/// <param name="BlockLimit">Cache blocks there may be.</param>
public sealed record EngineLoad(int Running, int Waiting, long UnreadTokens, int UsedBlocks, int CachedBlocks, int BlockLimit);
