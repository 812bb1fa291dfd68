namespace Geobuk.Models.Quantization;

/// <summary>The rounding grids that a fit tries: code count + <paramref name="First"/> + <paramref name="Step"/>·t.</summary>
internal readonly record struct RoundingGrids(float First, float Step, int Trials);
