namespace Geobuk.Training.Optimization;

/// <summary>
/// The 256 numbers of an 8-bit optimizer state (dynamic tree quantization: Dettmers et al. 2022, "8-bit Optimizers via Block-wise
/// Quantization", arXiv:2110.02861, section 1.3): seven decades from 1e-7 to 1, each with twice as many steps as the one below, zero, and one.
/// A value is stored as the code of the number nearest to it after division by the largest magnitude of its block.
/// </summary>
internal sealed class DynamicMap
{
    private const int Decades = 7;
    // A float's exponent and eight bits of its fraction pick a range that holds at most one boundary between codes.
    private const int Shift = 15, OneExponent = 127, LowestExponent = OneExponent - 25;
    private const int First = LowestExponent << (23 - Shift), Ranges = (OneExponent << (23 - Shift)) - First + 1;

    private readonly float[] _values;
    private readonly float[] _boundaries;
    private readonly byte[] _positive = new byte[Ranges], _negative = new byte[Ranges];

    private DynamicMap(bool signed)
    {
        _values = [.. Numbers(signed).Order()];
        _boundaries = [.. _values.Zip(_values.Skip(1), (low, high) => (low + high) / 2), float.PositiveInfinity];
        if (!signed) Smallest = 1;
        for (var range = 0; range < Ranges; range++)
        {
            var low = BitConverter.Int32BitsToSingle((range + First) << Shift);
            _positive[range] = Search(range == 0 ? 0 : low);
            // The code of the range's far end, from which the boundary is looked for upwards.
            _negative[range] = Search(-BitConverter.Int32BitsToSingle((range + First + 1) << Shift));
        }
    }

    /// <summary>For values of both signs: first moments.</summary>
    public static DynamicMap Signed { get; } = new(true);

    /// <summary>For values of at least zero: second moments.</summary>
    public static DynamicMap Unsigned { get; } = new(false);

    /// <summary>The numbers in ascending order; a code is its number's place.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Where one code ends and the next begins: code c holds what lies above the boundary of c - 1, up to that of c.</summary>
    public ReadOnlySpan<float> Boundaries => _boundaries;

    /// <summary>The lowest code of a value above zero, where zero's own is not for it.</summary>
    public byte? Smallest { get; }

    /// <summary>The code of a value from -1 to 1.</summary>
    public byte Encode(float value)
    {
        var range = Math.Clamp(((BitConverter.SingleToInt32Bits(value) & int.MaxValue) >> Shift) - First, 0, Ranges - 1);
        var code = value >= 0 ? _positive[range] : _negative[range];
        while (value > _boundaries[code]) code++;
        return value > 0 && code < Smallest ? Smallest.Value : code;
    }

    private byte Search(float value)
    {
        var code = 0;
        while (value > _boundaries[code]) code++;
        return (byte)code;
    }

    private static IEnumerable<float> Numbers(bool signed)
    {
        yield return 0;
        yield return 1;
        for (var decade = 0; decade < Decades; decade++)
        {
            var steps = (signed ? 1 : 2) << decade;
            for (var step = 0; step < steps; step++)
            {
                var number = (float)(Math.Pow(10, decade - Decades + 1) * (0.1 + 0.9 * (step + 0.5) / steps));
                yield return number;
                if (signed) yield return -number;
            }
        }
    }
}
