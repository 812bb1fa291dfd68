using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// The inner loops of attention: four queries by a block of 32 positions, two vectors at a time, so that eight sums stay in registers.
/// Every sum is one chain of fused multiply-adds, whatever the width of a vector.
/// </summary>
internal static unsafe class AttentionTile<TSet, V> where TSet : struct, IInstructionSet<V> where V : unmanaged
{
    private const int Block = KvLayout.BlockPositions;

    private static int Lanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSet.Lanes;
    }

    /// <summary>scores[i, p] = scale * q[i] k[p] for 32 positions; keys are [element, position]. Rows of scores that are not wanted are written too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScoreFour(float* q0, float* q1, float* q2, float* q3, float* keys, int size, float scale, float* scores, long stride)
    {
        unchecked
        {
            for (var p = 0; p < Block; p += 2 * Lanes)
            {
                V a0 = default, a1 = default, a2 = default, a3 = default;
                V b0 = default, b1 = default, b2 = default, b3 = default;
                var key = keys + p;
                for (var e = 0; e < size; e++, key += Block)
                {
                    V low = Load(key), high = Load(key + Lanes);
                    MultiplyAdd(q0 + e, low, high, ref a0, ref b0);
                    MultiplyAdd(q1 + e, low, high, ref a1, ref b1);
                    MultiplyAdd(q2 + e, low, high, ref a2, ref b2);
                    MultiplyAdd(q3 + e, low, high, ref a3, ref b3);
                }
                Put(a0, b0, scale, scores + p);
                Put(a1, b1, scale, scores + stride + p);
                Put(a2, b2, scale, scores + 2 * stride + p);
                Put(a3, b3, scale, scores + 3 * stride + p);
            }
        }
    }

    /// <summary>As <see cref="ScoreFour"/> for one query.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScoreOne(float* query, float* keys, int size, float scale, float* scores)
    {
        unchecked
        {
            for (var p = 0; p < Block; p += 2 * Lanes)
            {
                V a = default, b = default;
                var key = keys + p;
                for (var e = 0; e < size; e++, key += Block) MultiplyAdd(query + e, Load(key), Load(key + Lanes), ref a, ref b);
                Put(a, b, scale, scores + p);
            }
        }
    }

    /// <summary>outputs[i] += weights[i, p] * values[p], position after position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MixFour(float* weights, long stride, float* values, int size, int positions, float** outputs)
    {
        unchecked
        {
            float* w1 = weights + stride, w2 = weights + 2 * stride, w3 = weights + 3 * stride;
            float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3];
            var e = 0;
            for (; e + 2 * Lanes <= size; e += 2 * Lanes)
            {
                V a0 = Load(o0 + e), a1 = Load(o1 + e), a2 = Load(o2 + e), a3 = Load(o3 + e);
                V b0 = Load(o0 + e + Lanes), b1 = Load(o1 + e + Lanes), b2 = Load(o2 + e + Lanes), b3 = Load(o3 + e + Lanes);
                var row = values + e;
                for (var p = 0; p < positions; p++, row += size)
                {
                    V low = Load(row), high = Load(row + Lanes);
                    MultiplyAdd(weights + p, low, high, ref a0, ref b0);
                    MultiplyAdd(w1 + p, low, high, ref a1, ref b1);
                    MultiplyAdd(w2 + p, low, high, ref a2, ref b2);
                    MultiplyAdd(w3 + p, low, high, ref a3, ref b3);
                }
                Store(a0, b0, o0 + e);
                Store(a1, b1, o1 + e);
                Store(a2, b2, o2 + e);
                Store(a3, b3, o3 + e);
            }
            if (e == size) return;
            for (var i = 0; i < 4; i++) MixFrom(e, weights + i * stride, values, size, positions, outputs[i]);
        }
    }

    /// <summary>As <see cref="MixFour"/> for one query.</summary>
    public static void MixOne(float* weights, float* values, int size, int positions, float* output) => MixFrom(0, weights, values, size, positions, output);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixFrom(int e, float* weights, float* values, int size, int positions, float* output)
    {
        unchecked
        {
            for (; e + 4 * Lanes <= size; e += 4 * Lanes)
            {
                V a = Load(output + e), b = Load(output + e + Lanes), c = Load(output + e + 2 * Lanes), d = Load(output + e + 3 * Lanes);
                var row = values + e;
                for (var p = 0; p < positions; p++, row += size)
                {
                    MultiplyAdd(weights + p, Load(row), Load(row + Lanes), ref a, ref b);
                    MultiplyAdd(weights + p, Load(row + 2 * Lanes), Load(row + 3 * Lanes), ref c, ref d);
                }
                Store(a, b, output + e);
                Store(c, d, output + e + 2 * Lanes);
            }
            for (; e < size; e++)
            {
                for (var p = 0; p < positions; p++) output[e] = MathF.FusedMultiplyAdd(weights[p], values[(long)p * size + e], output[e]);
            }
        }
    }

    /// <summary>a += factor * low, b += factor * high.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(float* factor, V low, V high, ref V a, ref V b)
    {
        var f = TSet.Repeat((byte*)factor);
        a = TSet.FusedMultiplyAdd(f, low, a);
        b = TSet.FusedMultiplyAdd(f, high, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load(float* source) => TSet.Load((byte*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(V low, V high, float* target)
    {
        unchecked
        {
            TSet.Store(low, (byte*)target);
            TSet.Store(high, (byte*)(target + Lanes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(V low, V high, float scale, float* scores)
    {
        var factor = TSet.Repeat(BitConverter.SingleToUInt32Bits(scale));
        Store(TSet.MultiplySingle(low, factor), TSet.MultiplySingle(high, factor), scores);
    }
}
