using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Cell : ICell
{
    /// <inheritdoc/>
    public static int Size => 2;

    /// <inheritdoc/>
    public static Vector512<float> Load(byte* at)
    {
        var narrow = Vector256.Load((ushort*)at);
        var (lower, upper) = Vector256.Widen(narrow);
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    /// <inheritdoc/>
    public static void Store(byte* at, Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512.Create(1u))) >> 16;
        // A number that is none stays one: rounding could carry its bits away.
        var kept = Vector512.ConditionalSelect(Vector512.Equals(values, values).AsUInt32(), rounded, Vector512.Create(0x7FC0u));
        Vector256.Narrow(kept.GetLower(), kept.GetUpper()).Store((ushort*)at);
    }

    /// <inheritdoc/>
    public static float LoadOne(byte* at) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)at << 16);

    /// <inheritdoc/>
    public static void StoreOne(byte* at, float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        *(ushort*)at = float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
