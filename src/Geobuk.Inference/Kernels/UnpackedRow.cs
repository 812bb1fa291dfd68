namespace Geobuk.Inference.Kernels;

/// <summary>One weight row in scratch memory: a byte per element, a scale and an offset per group.</summary>
internal readonly unsafe struct UnpackedRow
{
    public readonly byte* Values;
    public readonly float* Scales;
    public readonly float* Offsets;

    public UnpackedRow(byte* scratch, int columns, int groupSize)
    {
        Values = scratch;
        Scales = (float*)(scratch + Align(columns));
        Offsets = (float*)((byte*)Scales + Align(sizeof(float) * (columns / groupSize)));
    }

    /// <summary>Rounds up to a cache line.</summary>
    public static long Align(long bytes) => (bytes + 63) & -64;
}
