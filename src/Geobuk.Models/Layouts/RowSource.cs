namespace Geobuk.Models.Layouts;

/// <summary>Where the values of a row of a GGUF file lie in the checkpoint: element i is element Offset + i * Stride of a tensor.</summary>
/// <param name="Tensor">Checkpoint key.</param>
/// <param name="Offset">First element.</param>
/// <param name="Stride">Distance of neighbours; 1 where the row is stored in one piece.</param>
public readonly record struct RowSource(string Tensor, long Offset, long Stride);
