using System.Runtime.CompilerServices;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>Products of bytes from those of 16-bit numbers: even bytes and odd bytes apart.</summary>
internal readonly struct PlainDot<TSet, V> : IByteDot<V> where TSet : struct, IInstructionSet<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Start(V pairs, int shift) => TSet.MultiplyPairs(pairs, TSet.Repeat(0x00010001u << shift));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V First(V weights, V inputs) => TSet.Add(
        TSet.MultiplyPairs(Even(weights), Even(inputs)), TSet.MultiplyPairs(Odd(weights), Odd(inputs)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Accumulate(V sum, V weights, V inputs) => TSet.Add(sum, First(weights, inputs));

    public static V Finish(V sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish(V sum, V scale) => TSet.Multiply(sum, TSet.MultiplyPairs(scale, TSet.Repeat(1u)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Even(V bytes) => TSet.ShiftRightSigned16(TSet.ShiftLeft16(bytes, 8), 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Odd(V bytes) => TSet.ShiftRightSigned16(bytes, 8);
}
