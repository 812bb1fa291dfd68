namespace Geobuk.Models.Checkpoints;

/// <summary>Element types of safetensors files that Geobuk reads.</summary>
public enum TensorDataType
{
    /// <summary>32-bit float.</summary>
    F32,
    /// <summary>16-bit IEEE float.</summary>
    F16,
    /// <summary>16-bit brain float.</summary>
    BF16,
    /// <summary>64-bit integer.</summary>
    I64,
    /// <summary>32-bit integer.</summary>
    I32,
    /// <summary>Byte.</summary>
    U8,
    /// <summary>8-bit float with 4 exponent and 3 mantissa bits, no infinities (Micikevicius et al. 2022, arXiv:2209.05433).</summary>
    F8_E4M3,
}
