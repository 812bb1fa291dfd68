namespace Geobuk.Models;

/// <summary>The lightning indexer (DeepSeek-V3.2): small heads score every earlier position, the best are read.</summary>
/// <param name="Heads">Scoring heads.</param>
/// <param name="HeadSize">Width of a scoring head, its rotated part included.</param>
/// <param name="TopK">Positions that a query reads at most.</param>
public sealed record IndexerConfig(int Heads, int HeadSize, int TopK);
