using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.Caches;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// softmax(q K^T / sqrt(d)) V over the positions up to the token's own, with grouped query heads. A tile of neighbouring tokens of a
/// sequence reads each block of keys and values once. Every score is one chain of fused multiply-adds over the head's elements,
/// every output one over the positions, so a token's result does not depend on which others are computed with it. In the cache a
/// block's keys are transposed, [element, position]: lanes are positions, and no sum runs across lanes.
/// </summary>
internal static unsafe class AttentionKernel<TCache, TSet, V>
    where TCache : struct, ICacheFormat where TSet : struct, IInstructionSet<V> where V : unmanaged
{
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
            for (var h = 0; h < heads; h++) Kernels.Rotary.Turn(job->Keys + ((long)token * heads + h) * size, cosines, sines, size, job->Rotary);
            if (TCache.TurnsHeads)
            {
                Hadamard.Turn(job->Queries + (long)token * job->QueryHeads * size, job->QueryHeads * size);
                Hadamard.Turn(job->Keys + (long)token * heads * size, heads * size);
                Hadamard.Turn(job->Values + (long)token * heads * size, heads * size);
            }
            for (var h = 0; h < heads; h++)
            {
                var row = ((long)token * heads + h) * size;
                TCache.StoreKey(job->Keys + row, block + job->Layout.First(job->Layer, h, 0), position % KvLayout.BlockPositions, size);
                TCache.StoreRow(job->Values + row, block + job->Layout.Second(job->Layer, h, position), size);
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
                Elementwise.Softmax(scores + i * AttentionJob.Stride(length), own);
                new Span<float>(scores + i * AttentionJob.Stride(length) + own, length - own).Clear();
            }
            Mix(job, first, head, scores, outputs, count, length);
            // What was mixed of turned values is turned back.
            for (var i = 0; i < count && TCache.TurnsHeads; i++) Hadamard.Turn(outputs[i], job->Layout.SecondWidth);
        }
    }

    /// <summary>scores[i, p] = scale * q[i] k[p], block by block of positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(AttentionJob* job, int token, int head, float** queries, int count, float* scores, int length)
    {
        unchecked
        {
            var size = job->Layout.FirstWidth;
            var stride = AttentionJob.Stride(length);
            var scratch = scores + AttentionJob.ScoreRows(job->QueryHeads / job->Layout.Heads) * stride;
            for (var p = 0; p < length; p += KvLayout.BlockPositions)
            {
                var keys = TCache.LoadKeys(job->Blocks[token][p / KvLayout.BlockPositions] + job->Layout.First(job->Layer, head, 0), scratch, size);
                if (count == 1) AttentionTile<TSet, V>.ScoreOne(queries[0], keys, size, job->Scale, scores + p);
                for (var i = 0; i < count && count > 1; i += 4)
                    AttentionTile<TSet, V>.ScoreFour(queries[i], queries[i + 1], queries[i + 2], queries[i + 3], keys, size, job->Scale, scores + i * stride + p, stride);
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
            var stride = AttentionJob.Stride(length);
            var scratch = weights + AttentionJob.ScoreRows(job->QueryHeads / job->Layout.Heads) * stride;
            for (var i = 0; i < count; i++) new Span<float>(outputs[i], size).Clear();
            for (var p = 0; p < length; p += KvLayout.BlockPositions)
            {
                var positions = Math.Min(KvLayout.BlockPositions, length - p);
                var values = TCache.LoadRows(job->Blocks[token][p / KvLayout.BlockPositions] + job->Layout.Second(job->Layer, head, p), scratch, positions * size);
                for (var i = 0; i < count; i += 4)
                {
                    if (count - i < 4)
                    {
                        for (var j = i; j < count; j++) AttentionTile<TSet, V>.MixOne(weights + j * stride + p, values, size, positions, outputs[j]);
                        break;
                    }
                    AttentionTile<TSet, V>.MixFour(weights + i * stride + p, stride, values, size, positions, outputs + i);
                }
            }
        }
    }
}
