namespace Geobuk.Inference.Kernels;

/// <summary>F32, read in place.</summary>
internal readonly unsafe struct F32Rows : IFloatFormat<F32Rows>
{
    public static int ElementBytes => 4;

    public static float* Load(byte* source, float* scratch, int count) => (float*)source;

    public static void Store(float* source, byte* target, int count) =>
        Buffer.MemoryCopy(source, target, 4L * count, 4L * count);
}
