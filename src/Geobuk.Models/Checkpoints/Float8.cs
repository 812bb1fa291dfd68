namespace Geobuk.Models.Checkpoints;

/// <summary>The 8-bit float E4M3: sign, 4 exponent bits of bias 7, 3 mantissa bits; 0x7F and 0xFF are not numbers, the largest is 448.</summary>
public static class Float8
{
    /// <summary>The largest value.</summary>
    public const float Largest = 448;

    private const float SmallestNormal = 1f / 64;

    private static readonly float[] s_values = [.. Enumerable.Range(0, 256).Select(code => Decode((byte)code))];

    /// <summary>The value of a code.</summary>
    public static float ToSingle(byte code) => s_values[code];

    /// <summary>The nearest code, ties to even, beyond the largest value the largest one.</summary>
    public static byte FromSingle(float value)
    {
        if (float.IsNaN(value)) return 0x7F;
        var sign = value < 0 || (value == 0 && float.IsNegative(value)) ? 0x80 : 0;
        var magnitude = MathF.Min(MathF.Abs(value), Largest);
        // Below 2^-6 the steps are 2^-9; above, an eighth of the power of two.
        var exponent = magnitude < SmallestNormal ? -6 : (int)MathF.Floor(MathF.Log2(magnitude));
        if (magnitude >= SmallestNormal && MathF.ScaleB(1, exponent) > magnitude) exponent--;
        var steps = (int)MathF.Round(MathF.ScaleB(magnitude, 3 - exponent), MidpointRounding.ToEven);
        var code = magnitude < SmallestNormal ? steps : ((exponent + 7) << 3) + steps - 8;
        return (byte)(sign | Math.Min(code, 0x7E));
    }

    private static float Decode(byte code)
    {
        if ((code & 0x7F) == 0x7F) return float.NaN;
        var (exponent, mantissa) = ((code >> 3) & 15, code & 7);
        var magnitude = exponent == 0 ? MathF.ScaleB(mantissa, -9) : MathF.ScaleB(8 + mantissa, exponent - 10);
        return (code & 0x80) == 0 ? magnitude : -magnitude;
    }
}
