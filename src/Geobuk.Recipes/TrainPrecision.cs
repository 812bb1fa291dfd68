namespace Geobuk.Recipes;

/// <summary>Arithmetic of the forward and backward passes.</summary>
public enum TrainPrecision
{
    /// <summary>bf16 where the hardware multiplies it fast, else fp32.</summary>
    Auto,
    /// <summary>bf16 with fp32 masters.</summary>
    Bf16,
    /// <summary>fp32.</summary>
    Fp32,
}
