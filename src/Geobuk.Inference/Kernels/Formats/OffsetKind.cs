namespace Geobuk.Inference.Kernels.Formats;

/// <summary>What a format subtracts from scale * value, and so where the sums of the inputs come in.</summary>
internal enum OffsetKind
{
    /// <summary>Nothing: values have a sign.</summary>
    None,
    /// <summary>The same number from every value.</summary>
    Zero,
    /// <summary>A whole multiple of the group's scale.</summary>
    Integer,
    /// <summary>A minimum per group with a scale of its own.</summary>
    Minimum,
}
