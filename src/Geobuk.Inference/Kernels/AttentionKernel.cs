using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// softmax(q K^T / sqrt(d)) V over the positions up to the token's own, with grouped query heads. A tile of neighbouring tokens of a
/// sequence reads each block of keys and values once. Every score is one chain of fused multiply-adds over the head's elements,
/// every output one over the positions, so a token's result does not depend on which others are computed with it. In the cache a
/// block's keys are transposed, [element, position]: lanes are positions, and no sum runs across lanes.
/// </summary>
internal static unsafe class AttentionKernel<TCache> where TCache : struct, IFloatFormat<TCache>
{
    /// <summary>Scratch bytes of one worker for sequences of up to so many tokens.</summary>
    public static long ScratchBytes(int queriesPerHead, int headSize, int length) =>
        sizeof(float) * ((long)AttentionJob.Rows(queriesPerHead) * Stride(length) + KvLayout.BlockPositions * headSize);

    /// <summary>Loop body over tokens: applies RoPE to q and k and writes k and v to the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
                StoreTransposed(job->Keys + row, block + job->Layout.First(job->Layer, h, 0), position % KvLayout.BlockPositions, size);
                TCache.Store(job->Values + row, block + job->Layout.Second(job->Layer, h, position), size);
            }
        }
    }

    /// <summary>Loop body over tiles of tokens x key-value heads: the queries of a tile read each key and value once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(void* context, int index, int worker)
    {
        unchecked
        {
            var job = (AttentionJob*)context;
            var (tile, head) = (index / job->Layout.Heads, index % job->Layout.Heads);
            var (first, end) = (job->TileStarts[tile], job->TileStarts[tile + 1]);
            var group = job->QueryHeads / job->Layout.Heads;
            var rows = stackalloc float*[AttentionJob.Rows(group) + 3];
            var outputs = stackalloc float*[AttentionJob.Rows(group)];
            var count = 0;
            for (var token = first; token < end; token++)
            {
                for (var g = 0; g < group; g++, count++)
                {
                    var at = ((long)token * job->QueryHeads + (long)head * group + g) * job->Layout.FirstWidth;
                    rows[count] = job->Queries + at;
                    outputs[count] = job->Output + at;
                }
            }
            // Rows are taken by four: the last one again where there are fewer.
            for (var i = count; i < count + 3; i++) rows[i] = rows[count - 1];
            var length = job->Positions[end - 1] + 1;
            var scores = (float*)(job->Scratch + worker * job->ScratchBytes);
            Score(job, first, head, rows, count, scores, length);
            for (var i = 0; i < count; i++)
            {
                var own = job->Positions[first + i / group] + 1;
                Elementwise.Softmax(scores + i * Stride(length), own);
                new Span<float>(scores + i * Stride(length) + own, length - own).Clear();
            }
            Mix(job, first, head, scores, outputs, count, length);
        }
    }

    /// <summary>scores[i, p] = scale * q[i] k[p], block by block of positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(AttentionJob* job, int token, int head, float** queries, int count, float* scores, int length)
    {
        unchecked
        {
            var size = job->Layout.FirstWidth;
            var stride = Stride(length);
            var scratch = scores + AttentionJob.Rows(job->QueryHeads / job->Layout.Heads) * stride;
            for (var p = 0; p < length; p += KvLayout.BlockPositions)
            {
                var keys = TCache.Load(job->Blocks[token][p / KvLayout.BlockPositions] + job->Layout.First(job->Layer, head, 0), scratch, KvLayout.BlockPositions * size);
                for (var i = 0; i < count; i += 4)
                    AttentionTile.Score(queries[i], queries[i + 1], queries[i + 2], queries[i + 3], keys, size, job->Scale, scores + i * stride + p, stride, Math.Min(4, count - i));
            }
        }
    }

    /// <summary>output[i] = sum over p of weights[i, p] v[p].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(AttentionJob* job, int token, int head, float* weights, float** outputs, int count, int length)
    {
        unchecked
        {
            var size = job->Layout.SecondWidth;
            var stride = Stride(length);
            var scratch = weights + AttentionJob.Rows(job->QueryHeads / job->Layout.Heads) * stride;
            for (var i = 0; i < count; i++) new Span<float>(outputs[i], size).Clear();
            for (var p = 0; p < length; p += KvLayout.BlockPositions)
            {
                var positions = Math.Min(KvLayout.BlockPositions, length - p);
                var values = TCache.Load(job->Blocks[token][p / KvLayout.BlockPositions] + job->Layout.Second(job->Layer, head, p), scratch, positions * size);
                for (var i = 0; i < count; i += 4)
                {
                    if (count - i < 4)
                    {
                        for (var j = i; j < count; j++) AttentionTile.MixOne(weights + j * stride + p, values, size, positions, outputs[j]);
                        break;
                    }
                    AttentionTile.MixFour(weights + i * stride + p, stride, values, size, positions, outputs + i);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StoreTransposed(float* source, byte* block, int position, int size)
    {
        unchecked
        {
            for (var e = 0; e < size; e++)
                TCache.Store(source + e, block + ((long)e * KvLayout.BlockPositions + position) * TCache.ElementBytes, 1);
        }
    }

    /// <summary>A row of scores takes whole blocks.</summary>
    private static long Stride(int length) => (length + KvLayout.BlockPositions - 1) / KvLayout.BlockPositions * KvLayout.BlockPositions;
}
