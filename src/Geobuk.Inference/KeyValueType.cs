namespace Geobuk.Inference;

/// <summary>Element type of the key-value cache.</summary>
public enum KeyValueType
{
    /// <summary>32-bit float: exact.</summary>
    F32,
    /// <summary>16-bit float: half the memory, keys and values rounded to 11 bits.</summary>
    F16,
}
