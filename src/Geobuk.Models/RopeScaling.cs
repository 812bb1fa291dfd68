namespace Geobuk.Models;

/// <summary>How the plain RoPE frequencies are changed for longer contexts.</summary>
public enum RopeScaling
{
    /// <summary>No change.</summary>
    None,
    /// <summary>Every frequency divided by the factor (Chen et al. 2023).</summary>
    Linear,
    /// <summary>Llama 3.1's piecewise rule by wavelength.</summary>
    Llama3,
    /// <summary>YaRN, Peng et al. 2023, arXiv:2309.00071.</summary>
    Yarn,
}
