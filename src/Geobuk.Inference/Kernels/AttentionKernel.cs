using System.Runtime.Intrinsics;
using Geobuk.Inference.Weights;

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
            var (heads, size) = (job->Layout.Heads, job->Layout.HeadSize);
            var cosines = job->Cosines + (long)token * (size / 2);
            var sines = job->Sines + (long)token * (size / 2);
            for (var h = 0; h < job->QueryHeads; h++)
                Rotate(job->Queries + ((long)token * job->QueryHeads + h) * size, cosines, sines, size, job->Rotary);
            var position = job->Positions[token];
            var block = job->Blocks[token][position / KvLayout.BlockPositions];
            for (var h = 0; h < heads; h++)
            {
                var row = ((long)token * heads + h) * size;
                Rotate(job->Keys + row, cosines, sines, size, job->Rotary);
                var target = block + job->Layout.KeyOffset(job->Layer, h) + position % KvLayout.BlockPositions * job->Layout.RowBytes;
                TCache.Store(job->Keys + row, target, size);
                TCache.Store(job->Values + row, target + job->Layout.ValueOffset, size);
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
            var first = ((long)token * job->QueryHeads + (long)head * group) * job->Layout.HeadSize;
            var scores = (float*)(job->Scratch + worker * job->ScratchBytes);
            Score(job, token, head, job->Queries + first, scores, length);
            for (var g = 0; g < group; g++) Softmax(scores + g * Stride(length), length);
            Mix(job, token, head, scores, job->Output + first, length);
        }
    }

    /// <summary>scores[g, p] = scale * q[g] k[p].</summary>
    private static void Score(AttentionJob* job, int token, int head, float* queries, float* scores, int length)
    {
        unchecked
        {
            var (size, rowBytes) = (job->Layout.HeadSize, job->Layout.RowBytes);
            var group = job->QueryHeads / job->Layout.Heads;
            var offset = job->Layout.KeyOffset(job->Layer, head);
            var stride = Stride(length);
            var scratch = scores + group * stride;
            for (var p = 0; p < length; p++)
            {
                var source = job->Blocks[token][p / KvLayout.BlockPositions] + offset + p % KvLayout.BlockPositions * rowBytes;
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
            var (size, rowBytes) = (job->Layout.HeadSize, job->Layout.RowBytes);
            var group = job->QueryHeads / job->Layout.Heads;
            var offset = job->Layout.KeyOffset(job->Layer, head) + job->Layout.ValueOffset;
            var stride = Stride(length);
            var scratch = weights + group * stride;
            new Span<float>(output, group * size).Clear();
            for (var p = 0; p < length; p++)
            {
                var source = job->Blocks[token][p / KvLayout.BlockPositions] + offset + p % KvLayout.BlockPositions * rowBytes;
                var value = TCache.Load(source, scratch, size);
                for (var g = 0; g < group; g++) Elementwise.AddScaled(output + g * size, value, weights[g * stride + p], size);
            }
        }
    }

    /// <summary>exp(s - max) / sum, in place; the padding up to the stride becomes 0.</summary>
    private static void Softmax(float* scores, int length)
    {
        unchecked
        {
            var padded = (int)Stride(length);
            for (var i = length; i < padded; i++) scores[i] = float.NegativeInfinity;
            var largest = Vector256.Load(scores);
            for (var i = 8; i < padded; i += 8) largest = Vector256.Max(largest, Vector256.Load(scores + i));
            var peak = Vector256.Create(Lanes.Max(largest));
            var sum = Vector256<float>.Zero;
            for (var i = 0; i < padded; i += 8)
            {
                var e = Vector256.Exp(Vector256.Load(scores + i) - peak);
                e.Store(scores + i);
                sum += e;
            }
            var scale = Vector256.Create(1 / Lanes.Sum(sum));
            for (var i = 0; i < padded; i += 8) (Vector256.Load(scores + i) * scale).Store(scores + i);
        }
    }

    private static void Rotate(float* head, float* cosines, float* sines, int size, RotaryLayout layout)
    {
        unchecked
        {
            var half = size / 2;
            var (step, distance) = layout == RotaryLayout.HalfSplit ? (1, half) : (2, 1);
            for (var i = 0; i < half; i++)
            {
                var x = head[i * step];
                var y = head[i * step + distance];
                head[i * step] = x * cosines[i] - y * sines[i];
                head[i * step + distance] = x * sines[i] + y * cosines[i];
            }
        }
    }

    private static long Stride(int length) => (length + 7) & -8;
}
