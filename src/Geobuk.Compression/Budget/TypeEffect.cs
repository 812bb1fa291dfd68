using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Budget;

/// <summary>One type at one matrix.</summary>
/// <param name="Type">The type.</param>
/// <param name="Bytes">Bytes of the matrix in it.</param>
/// <param name="Divergence">Mean KL divergence in nats per token with this matrix alone in it.</param>
public readonly record struct TypeEffect(GgmlType Type, long Bytes, double Divergence);
