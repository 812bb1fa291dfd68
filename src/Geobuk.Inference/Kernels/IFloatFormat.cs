namespace Geobuk.Inference.Kernels;

/// <summary>A format whose elements are floats of any width: kernels compute with them in single precision.</summary>
internal unsafe interface IFloatFormat<TSelf> where TSelf : struct, IFloatFormat<TSelf>
{
    /// <summary>Bytes of one element.</summary>
    static abstract int ElementBytes { get; }

    /// <summary>The first <paramref name="count"/> elements in single precision: in place, or in <paramref name="scratch"/>.</summary>
    static abstract float* Load(byte* source, float* scratch, int count);

    /// <summary>Stores single precision values, rounded to nearest even.</summary>
    static abstract void Store(float* source, byte* target, int count);
}
