namespace Geobuk.Recipes;

/// <summary>Storage of an optimizer's moments.</summary>
public enum OptimizerStateType
{
    /// <summary>fp32: 8 bytes a weight.</summary>
    Fp32,
    /// <summary>8-bit codes with a scale for every 256 values: 2 bytes a weight.</summary>
    Int8,
}
