namespace Geobuk.Models.Quantization;

/// <summary>
/// The rounding grids that a fit tries: code count + <paramref name="First"/> + <paramref name="Step"/>·t. The best has the least
/// weighted square error, or where <paramref name="Absolute"/> is set the least weighted absolute error.
/// </summary>
internal readonly record struct RoundingGrids(float First, float Step, int Trials, bool Absolute = false)
{
    /// <summary>What ggml tries wherever it has an importance.</summary>
    public static RoundingGrids Weighted => new(-0.9f, 0.05f, 37);
}
