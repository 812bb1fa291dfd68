namespace Geobuk.Inference;

/// <summary>Element type of the key-value cache.</summary>
public enum KeyValueType
{
    /// <summary>32-bit float: exact.</summary>
    F32,
    /// <summary>16-bit float: half the memory, keys and values rounded to 11 bits.</summary>
    F16,
    /// <summary>Blocks of 32 with a scale, 8 bits each: 8.5 bits per number.</summary>
    Q8_0,
    /// <summary>Blocks of 32 with a scale, 4 bits each: 4.5 bits per number. Heads are turned by a Hadamard matrix first, which makes outliers smaller.</summary>
    Q4_0,
}
