namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>
/// How an instruction set multiplies four weight bytes by four input bytes per lane. The running sum's form is its own business;
/// <see cref="Finish(V)"/> makes an integer of it. Weights are bounded so that a sum of the steps of a run cannot overflow.
/// </summary>
internal interface IByteDot<V> where V : unmanaged
{
    /// <summary>
    /// The sum that two 16-bit numbers per lane begin with, one for bytes 0 and 1, one for bytes 2 and 3, times a power of two: what a zero
    /// point takes away. Not for weights with a sign, which have none.
    /// </summary>
    static virtual V Start(V pairs, int shift) => throw new NotSupportedException("this product has no zero point");
    /// <summary>The sum of a run's first step.</summary>
    static abstract V First(V weights, V inputs);
    /// <summary>The sum with one more step; weights are 0 to 127, or where the format has a sign -128 to 127, or 0 to 255 where they were raised; inputs -127 to 127.</summary>
    static abstract V Accumulate(V sum, V weights, V inputs);
    /// <summary>The integer per lane.</summary>
    static abstract V Finish(V sum);
    /// <summary>The integer per lane times a scale, which stands in both 16-bit halves of its lane.</summary>
    static abstract V Finish(V sum, V scale);
}
