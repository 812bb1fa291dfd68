using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// softmax(q K^T / sqrt(d)) V over the positions up to the token's own, with grouped query heads. The order of summation is that
/// of the positions, so a token's result does not depend on which others are computed with it.
/// </summary>
internal static unsafe class AttentionKernel<TCache> where TCache : struct, IFloatFormat<TCache>
{
    /// <summary>Scratch bytes of one worker for sequences of up to so many tokens.</summary>
    public static long ScratchBytes(int queriesPerHead, int headSize, int length) =>
        sizeof(float) * ((long)queriesPerHead * Stride(length) + headSize);

    /// <summary>Loop body over tokens: applies RoPE to q and k and writes k and v to the cache.</summary>
    public static void RotateAndStore(void* context, int token, int worker)
    {
        unchecked
        {
            var job = (AttentionJob*)context;
            var (heads, size) = (job->Layout.Heads, job->Layout.FirstWidth);
            var cosines = job->Cosines + (long)token * (size / 2);
            var sines = job->Sines + (long)token * (size / 2);
            for (var h = 0; h < job->QueryHeads; h++)
                Kernels.Rotary.Turn(job->Queries + ((long)token * job->QueryHeads + h) * size, cosines, sines, size, job->Rotary);
            var position = job->Positions[token];
            var block = job->Blocks[token][position / KvLayout.BlockPositions];
            for (var h = 0; h < heads; h++)
            {
                var row = ((long)token * heads + h) * size;
                Kernels.Rotary.Turn(job->Keys + row, cosines, sines, size, job->Rotary);
                TCache.Store(job->Keys + row, block + job->Layout.First(job->Layer, h, position), size);
                TCache.Store(job->Values + row, block + job->Layout.Second(job->Layer, h, position), size);
            }
        }
    }

    /// <summary>Loop body over tokens x key-value heads: the query heads of the group read each key and value once.</summary>
    public static void Attend(void* context, int index, int worker)
    {
        unchecked
        {
            var job = (AttentionJob*)context;
            var token = index / job->Layout.Heads;
            var head = index % job->Layout.Heads;
            var group = job->QueryHeads / job->Layout.Heads;
            var length = job->Positions[token] + 1;
            var first = ((long)token * job->QueryHeads + (long)head * group) * job->Layout.FirstWidth;
            var scores = (float*)(job->Scratch + worker * job->ScratchBytes);
            Score(job, token, head, job->Queries + first, scores, length);
            for (var g = 0; g < group; g++) Elementwise.Softmax(scores + g * Stride(length), length);
            Mix(job, token, head, scores, job->Output + first, length);
        }
    }

    /// <summary>scores[g, p] = scale * q[g] k[p].</summary>
    private static void Score(AttentionJob* job, int token, int head, float* queries, float* scores, int length)
    {
        unchecked
        {
            var size = job->Layout.FirstWidth;
            var group = job->QueryHeads / job->Layout.Heads;
            var stride = Stride(length);
            var scratch = scores + group * stride;
            for (var p = 0; p < length; p++)
            {
                var source = job->Blocks[token][p / KvLayout.BlockPositions] + job->Layout.First(job->Layer, head, p);
                var key = TCache.Load(source, scratch, size);
                for (var g = 0; g < group; g++) scores[g * stride + p] = job->Scale * FloatDot.Dot(queries + g * size, key, size);
            }
        }
    }

    /// <summary>output[g] = sum over p of weights[g, p] v[p].</summary>
    private static void Mix(AttentionJob* job, int token, int head, float* weights, float* output, int length)
    {
        unchecked
        {
            var size = job->Layout.FirstWidth;
            var group = job->QueryHeads / job->Layout.Heads;
            var stride = Stride(length);
            var scratch = weights + group * stride;
            new Span<float>(output, group * size).Clear();
            for (var p = 0; p < length; p++)
            {
                var source = job->Blocks[token][p / KvLayout.BlockPositions] + job->Layout.Second(job->Layer, head, p);
                var value = TCache.Load(source, scratch, size);
                for (var g = 0; g < group; g++) Elementwise.AddScaled(output + g * size, value, weights[g * stride + p], size);
            }
        }
    }

    private static long Stride(int length) => Elementwise.Padded(length);
}
