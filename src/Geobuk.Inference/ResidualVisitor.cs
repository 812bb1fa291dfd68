namespace Geobuk.Inference;

/// <summary>Sees the residual stream, [tokens, hidden], of a step.</summary>
/// <param name="layer">Layers that it has passed.</param>
/// <param name="residual">Valid during the call.</param>
internal delegate void ResidualVisitor(int layer, ReadOnlySpan<float> residual);
