using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>The inner loops of attention: four queries by a block of 32 positions.</summary>
internal static unsafe class AttentionTile
{
    private const int Block = KvLayout.BlockPositions;
    private const int Wide = 16;

    /// <summary>scores[i, p] = scale * q[i] k[p] for 32 positions; keys are [element, position].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score(float* q0, float* q1, float* q2, float* q3, float* keys, int size, float scale, float* scores, long stride, int count)
    {
        unchecked
        {
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
            if (count == 1)
            {
                for (var e = 0; e < size; e++, keys += Block)
                {
                    var q = Vector512.Create(q0[e]);
                    a0 = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys), a0);
                    b0 = Vector512.FusedMultiplyAdd(q, Vector512.Load(keys + Wide), b0);
                }
            }
            else
            {
                for (var e = 0; e < size; e++, keys += Block)
                {
                    var (low, high) = (Vector512.Load(keys), Vector512.Load(keys + Wide));
                    var q = Vector512.Create(q0[e]);
                    a0 = Vector512.FusedMultiplyAdd(q, low, a0);
                    b0 = Vector512.FusedMultiplyAdd(q, high, b0);
                    q = Vector512.Create(q1[e]);
                    a1 = Vector512.FusedMultiplyAdd(q, low, a1);
                    b1 = Vector512.FusedMultiplyAdd(q, high, b1);
                    q = Vector512.Create(q2[e]);
                    a2 = Vector512.FusedMultiplyAdd(q, low, a2);
                    b2 = Vector512.FusedMultiplyAdd(q, high, b2);
                    q = Vector512.Create(q3[e]);
                    a3 = Vector512.FusedMultiplyAdd(q, low, a3);
                    b3 = Vector512.FusedMultiplyAdd(q, high, b3);
                }
            }
            Put(a0, b0, scale, scores);
            if (count > 1) Put(a1, b1, scale, scores + stride);
            if (count > 2) Put(a2, b2, scale, scores + 2 * stride);
            if (count > 3) Put(a3, b3, scale, scores + 3 * stride);
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
            for (; e + 2 * Wide <= size; e += 2 * Wide)
            {
                Vector512<float> a0 = Vector512.Load(o0 + e), a1 = Vector512.Load(o1 + e), a2 = Vector512.Load(o2 + e), a3 = Vector512.Load(o3 + e);
                Vector512<float> b0 = Vector512.Load(o0 + e + Wide), b1 = Vector512.Load(o1 + e + Wide), b2 = Vector512.Load(o2 + e + Wide), b3 = Vector512.Load(o3 + e + Wide);
                var row = values + e;
                for (var p = 0; p < positions; p++, row += size)
                {
                    var (low, high) = (Vector512.Load(row), Vector512.Load(row + Wide));
                    var w = Vector512.Create(weights[p]);
                    a0 = Vector512.FusedMultiplyAdd(w, low, a0);
                    b0 = Vector512.FusedMultiplyAdd(w, high, b0);
                    w = Vector512.Create(w1[p]);
                    a1 = Vector512.FusedMultiplyAdd(w, low, a1);
                    b1 = Vector512.FusedMultiplyAdd(w, high, b1);
                    w = Vector512.Create(w2[p]);
                    a2 = Vector512.FusedMultiplyAdd(w, low, a2);
                    b2 = Vector512.FusedMultiplyAdd(w, high, b2);
                    w = Vector512.Create(w3[p]);
                    a3 = Vector512.FusedMultiplyAdd(w, low, a3);
                    b3 = Vector512.FusedMultiplyAdd(w, high, b3);
                }
                a0.Store(o0 + e);
                a1.Store(o1 + e);
                a2.Store(o2 + e);
                a3.Store(o3 + e);
                b0.Store(o0 + e + Wide);
                b1.Store(o1 + e + Wide);
                b2.Store(o2 + e + Wide);
                b3.Store(o3 + e + Wide);
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
            for (; e + 4 * Wide <= size; e += 4 * Wide)
            {
                Vector512<float> a = Vector512.Load(output + e), b = Vector512.Load(output + e + Wide);
                Vector512<float> c = Vector512.Load(output + e + 2 * Wide), d = Vector512.Load(output + e + 3 * Wide);
                var row = values + e;
                for (var p = 0; p < positions; p++, row += size)
                {
                    var w = Vector512.Create(weights[p]);
                    a = Vector512.FusedMultiplyAdd(w, Vector512.Load(row), a);
                    b = Vector512.FusedMultiplyAdd(w, Vector512.Load(row + Wide), b);
                    c = Vector512.FusedMultiplyAdd(w, Vector512.Load(row + 2 * Wide), c);
                    d = Vector512.FusedMultiplyAdd(w, Vector512.Load(row + 3 * Wide), d);
                }
                a.Store(output + e);
                b.Store(output + e + Wide);
                c.Store(output + e + 2 * Wide);
                d.Store(output + e + 3 * Wide);
            }
            for (; e + Wide <= size; e += Wide)
            {
                var sum = Vector512.Load(output + e);
                for (var p = 0; p < positions; p++) sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[p]), Vector512.Load(values + (long)p * size + e), sum);
                sum.Store(output + e);
            }
            for (; e < size; e++)
            {
                for (var p = 0; p < positions; p++) output[e] = MathF.FusedMultiplyAdd(weights[p], values[(long)p * size + e], output[e]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<float> low, Vector512<float> high, float scale, float* scores)
    {
        unchecked
        {
            (low * Vector512.Create(scale)).Store(scores);
            (high * Vector512.Create(scale)).Store(scores + Wide);
        }
    }
}
