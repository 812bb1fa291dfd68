using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Geobuk.Models.Quantization;

namespace Geobuk.Models.Checkpoints;

/// <summary>Sizes and conversions of <see cref="TensorDataType"/>.</summary>
public static class TensorDataTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this TensorDataType type) => type switch
    {
        TensorDataType.I64 => 8,
        TensorDataType.F32 or TensorDataType.I32 => 4,
        TensorDataType.F16 or TensorDataType.BF16 => 2,
        _ => 1,
    };

    /// <summary>Converts stored floats, or bytes as the numbers 0 to 255, exactly to single precision.</summary>
    public static void ToSingle(this TensorDataType type, ReadOnlySpan<byte> source, Span<float> target)
    {
        switch (type)
        {
            case TensorDataType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(target);
                break;
            case TensorDataType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(source);
                for (var i = 0; i < target.Length; i++) target[i] = (float)halves[i];
                break;
            case TensorDataType.BF16:
                Widen(MemoryMarshal.Cast<byte, ushort>(source), target);
                break;
            case TensorDataType.F8_E4M3:
                for (var i = 0; i < target.Length; i++) target[i] = Float8.ToSingle(source[i]);
                break;
            case TensorDataType.U8:
                for (var i = 0; i < target.Length; i++) target[i] = source[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "neither a floating-point type nor bytes");
        }
    }

    /// <summary>Converts single precision to the stored form, rounding to nearest even.</summary>
    public static void FromSingle(this TensorDataType type, ReadOnlySpan<float> source, Span<byte> target)
    {
        switch (type)
        {
            case TensorDataType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(target);
                break;
            case TensorDataType.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(target);
                for (var i = 0; i < source.Length; i++) halves[i] = (Half)source[i];
                break;
            case TensorDataType.BF16:
                var patterns = MemoryMarshal.Cast<byte, ushort>(target);
                for (var i = 0; i < source.Length; i++) patterns[i] = BF16Block.FromSingle(source[i]);
                break;
            case TensorDataType.F8_E4M3:
                for (var i = 0; i < source.Length; i++) target[i] = Float8.FromSingle(source[i]);
                break;
            case TensorDataType.U8:
                for (var i = 0; i < source.Length; i++) target[i] = (byte)source[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "neither a floating-point type nor bytes");
        }
    }

    private static void Widen(ReadOnlySpan<ushort> patterns, Span<float> target)
    {
        var i = 0;
        for (; Vector256.IsHardwareAccelerated && i + Vector256<ushort>.Count <= target.Length; i += Vector256<ushort>.Count)
        {
            var (first, second) = Vector256.Widen(Vector256.Create(patterns.Slice(i, Vector256<ushort>.Count)));
            (first << 16).AsSingle().CopyTo(target[i..]);
            (second << 16).AsSingle().CopyTo(target[(i + Vector256<float>.Count)..]);
        }
        for (; i < target.Length; i++) target[i] = BitConverter.UInt32BitsToSingle((uint)patterns[i] << 16);
    }
}
