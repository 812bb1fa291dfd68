using System.Runtime.CompilerServices;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>Weights with a sign: products of 16-bit pairs, summed as integers.</summary>
internal readonly struct WideDot<TSet, V> : IByteDot<V> where TSet : struct, IInstructionSet<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Start(V pairs) => TSet.MultiplyPairs(pairs, TSet.Repeat(0x00010001u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V First(V weights, V inputs) => TSet.MultiplyPairs(weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Accumulate(V sum, V weights, V inputs) => TSet.Add(sum, TSet.MultiplyPairs(weights, inputs));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish(V sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish(V sum, V scale) => TSet.Multiply(sum, TSet.MultiplyPairs(scale, TSet.Repeat(1u)));
}
