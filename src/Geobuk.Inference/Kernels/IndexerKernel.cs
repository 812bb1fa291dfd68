using Geobuk.Inference.Kernels.Caches;

namespace Geobuk.Inference.Kernels;

/// <summary>The loops of the sparse attention's indexer.</summary>
internal static unsafe class IndexerKernel<TCache> where TCache : struct, ICacheFormat
{
    private const float KeyNormEpsilon = 1e-6f;

    /// <summary>Scratch bytes of one worker for sequences of up to so many tokens.</summary>
    public static long ScratchBytes(int headSize, int length) => sizeof(float) * (2L * Elementwise.Padded(length) + headSize);

    /// <summary>Loop body over tokens: norms the key, applies RoPE to queries and key, writes the cache.</summary>
    public static void RotateAndStore(void* context, int token, int worker)
    {
        unchecked
        {
            var job = (IndexerJob*)context;
            var cosines = job->Cosines + (long)token * (job->RotarySize / 2);
            var sines = job->Sines + (long)token * (job->RotarySize / 2);
            var key = job->Keys + (long)token * job->HeadSize;
            Elementwise.LayerNorm(key, new ReadOnlySpan<float>(job->KeyNormScale, job->HeadSize), new ReadOnlySpan<float>(job->KeyNormBias, job->HeadSize), KeyNormEpsilon);
            Rotary.Turn(key, cosines, sines, job->RotarySize, RotaryLayout.HalfSplit);
            for (var h = 0; h < job->Heads; h++)
                Rotary.Turn(job->Queries + ((long)token * job->Heads + h) * job->HeadSize, cosines, sines, job->RotarySize, RotaryLayout.HalfSplit);
            var position = job->Positions[token];
            TCache.StoreRow(key, job->Blocks[token][position / KvLayout.BlockPositions] + job->Layout.Second(job->Layer, 0, position), job->HeadSize);
        }
    }

    /// <summary>Loop body over tokens: picks positions where there are more than the limit.</summary>
    public static void Select(void* context, int token, int worker)
    {
        unchecked
        {
            var job = (IndexerJob*)context;
            var length = job->Positions[token] + 1;
            job->Selection.Counts[token] = 0;
            if (length <= job->Selection.Most) return;
            var scores = (float*)(job->Scratch + worker * job->ScratchBytes);
            var work = scores + Elementwise.Padded(length);
            Score(job, token, scores, work + Elementwise.Padded(length), length);
            job->Selection.Counts[token] = job->Selection.Most;
            Selection.Largest(new ReadOnlySpan<float>(scores, length), new Span<float>(work, length),
                new Span<int>(job->Selection.Positions + (long)token * job->Selection.Most, job->Selection.Most));
        }
    }

    private static void Score(IndexerJob* job, int token, float* scores, float* scratch, int length)
    {
        unchecked
        {
            var scale = 1 / MathF.Sqrt((float)job->Heads * job->HeadSize);
            var weights = job->HeadWeights + (long)token * job->Heads;
            for (var p = 0; p < length; p++)
            {
                var key = TCache.LoadRows(job->Blocks[token][p / KvLayout.BlockPositions] + job->Layout.Second(job->Layer, 0, p), scratch, job->HeadSize);
                var sum = 0f;
                for (var h = 0; h < job->Heads; h++)
                    sum += weights[h] * MathF.Max(0, FloatDot.Dot(job->Queries + ((long)token * job->Heads + h) * job->HeadSize, key, job->HeadSize));
                scores[p] = sum * scale;
            }
        }
    }
}
