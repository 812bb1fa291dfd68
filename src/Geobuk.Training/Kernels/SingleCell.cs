using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>float32.</summary>
internal readonly unsafe struct SingleCell : ICell
{
    /// <inheritdoc/>
    public static int Size => 4;

    /// <inheritdoc/>
    public static Vector512<float> Load(byte* at) => Vector512.Load((float*)at);

    /// <inheritdoc/>
    public static void Store(byte* at, Vector512<float> values) => values.Store((float*)at);

    /// <inheritdoc/>
    public static float LoadOne(byte* at) => *(float*)at;

    /// <inheritdoc/>
    public static void StoreOne(byte* at, float value) => *(float*)at = value;
}
