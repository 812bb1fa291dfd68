using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.Formats;

namespace Geobuk.Inference.Kernels;

/// <summary>Four tokens' inputs over a stretch; tokens beyond the last are the last again.</summary>
internal readonly unsafe struct TileInputs<TFormat> where TFormat : struct, IPanelFormat
{
    /// <summary>Bytes, four a step.</summary>
    public readonly byte* X0, X1, X2, X3;
    /// <summary>Scales per block.</summary>
    public readonly float* S0, S1, S2, S3;
    /// <summary>Sums of the bytes, two 16-bit numbers in four bytes.</summary>
    public readonly byte* B0, B1, B2, B3;

    /// <param name="input">The rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="token">The first token.</param>
    /// <param name="last">The last token there is.</param>
    /// <param name="element">Where the stretch begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TileInputs(in QuantizedRows input, int columns, int token, int last, int element)
    {
        unchecked
        {
            var at = (long)token * columns + element;
            X0 = Data(input, at);
            S0 = input.Scales + at / TFormat.BlockSize;
            B0 = Sums(input, at);
            at = (long)Math.Min(token + 1, last) * columns + element;
            X1 = Data(input, at);
            S1 = input.Scales + at / TFormat.BlockSize;
            B1 = Sums(input, at);
            at = (long)Math.Min(token + 2, last) * columns + element;
            X2 = Data(input, at);
            S2 = input.Scales + at / TFormat.BlockSize;
            B2 = Sums(input, at);
            at = (long)Math.Min(token + 3, last) * columns + element;
            X3 = Data(input, at);
            S3 = input.Scales + at / TFormat.BlockSize;
            B3 = Sums(input, at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Data(in QuantizedRows input, long at) => (byte*)(input.Bytes + at);

    /// <summary>Bytes of the sums of 256 elements.</summary>
    public static int SumsBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.ZeroShift > 0 ? 4 * ActivationRows.SuperSize / PairSize : Sums32 ? 16 : 32;
    }

    /// <summary>The sums that the format reads, from an element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Sums(in QuantizedRows input, long at) =>
        TFormat.ZeroShift > 0 ? (byte*)(input.Pairs + at / PairSize) : Sums32 ? (byte*)(input.Sums32 + at / 32) : (byte*)(input.Sums16 + at / 16);

    /// <summary>Elements that a pair of sums is of, as <see cref="QuantizedRows.Pairs"/> says.</summary>
    public static int PairSize
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.BlockSize == ActivationRows.SuperSize ? 16 : 32;
    }

    private static bool Sums32
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.BlockSize == ActivationRows.SuperSize && TFormat.GroupSize == 32;
    }
}
