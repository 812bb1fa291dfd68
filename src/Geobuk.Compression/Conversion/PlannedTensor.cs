using Geobuk.Models.Checkpoints.Gguf;

namespace Geobuk.Compression.Conversion;

/// <summary>One tensor of the file to be written.</summary>
/// <param name="Target">Name, type and size in the file.</param>
/// <param name="Source">Checkpoint key; null for values that are computed.</param>
internal sealed record PlannedTensor(GgufTensorToWrite Target, string? Source)
{
    /// <summary>Heads whose rows go from half-split to adjacent pairs; 0 keeps the order.</summary>
    public int PermutedHeads { get; init; }
    /// <summary>Values of a tensor without source.</summary>
    public float[]? Values { get; init; }
    /// <summary>Why the type is not the preset's; null where it is.</summary>
    public string? Fallback { get; init; }
}
