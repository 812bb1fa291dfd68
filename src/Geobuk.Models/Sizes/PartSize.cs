using Geobuk.Models.Layouts;

namespace Geobuk.Models.Sizes;

/// <summary>What one part of a model amounts to.</summary>
/// <param name="Part">The part.</param>
/// <param name="Tensors">Tensors in it.</param>
/// <param name="Parameters">Weights stored.</param>
/// <param name="ActiveParameters">Weights of them that one token reaches.</param>
/// <param name="Bytes">Bytes of the stored form.</param>
public sealed record PartSize(TensorRole Part, int Tensors, long Parameters, long ActiveParameters, long Bytes);
