using Geobuk.Inference.Kernels.Caches;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// The loops of latent attention. The order of summation is that of the positions, so a token's result does not depend on which
/// others are computed with it.
/// </summary>
internal static unsafe class LatentKernel<TCache> where TCache : struct, ICacheFormat
{
    /// <summary>Scratch bytes of one worker for sequences of up to so many tokens.</summary>
    public static long ScratchBytes(int cacheWidth, int length) =>
        sizeof(float) * ((long)LatentJob.GroupHeads * Elementwise.Padded(length) + cacheWidth);

    /// <summary>Loop body over tokens: the norm of the queries' latent.</summary>
    public static void NormQuery(void* context, int token, int worker)
    {
        var job = (LatentJob*)context;
        var row = (long)token * job->QueryRank;
        Elementwise.RmsNorm(job->QueryLatent + row, new ReadOnlySpan<float>(job->QueryNorm, job->QueryRank), job->QueryNormed + row, job->Epsilon);
    }

    /// <summary>Loop body over tokens: norms the latent, applies RoPE, writes the cache, and puts the plain query parts head by head.</summary>
    public static void RotateAndStore(void* context, int token, int worker)
    {
        unchecked
        {
            var job = (LatentJob*)context;
            var cosines = job->Cosines + (long)token * (job->RotarySize / 2);
            var sines = job->Sines + (long)token * (job->RotarySize / 2);
            var latent = job->Latent + (long)token * (job->Rank + job->RotarySize);
            Elementwise.RmsNorm(latent, new ReadOnlySpan<float>(job->KeyValueNorm, job->Rank), latent, job->Epsilon);
            Rotary.Turn(latent + job->Rank, cosines, sines, job->RotarySize, job->Rotary);
            var position = job->Positions[token];
            var block = job->Blocks[token][position / KvLayout.BlockPositions];
            TCache.StoreRow(latent, block + job->Layout.First(job->Layer, 0, position), job->Rank + job->RotarySize);
            for (var h = 0; h < job->Heads; h++)
            {
                var query = job->Queries + ((long)token * job->Heads + h) * (job->PlainSize + job->RotarySize);
                Rotary.Turn(query + job->PlainSize, cosines, sines, job->RotarySize, job->Rotary);
                new ReadOnlySpan<float>(query, job->PlainSize).CopyTo(new Span<float>(job->Plain + ((long)h * job->Tokens + token) * job->PlainSize, job->PlainSize));
            }
        }
    }

    /// <summary>Loop body over tokens x groups of heads: mixed latent = softmax(scale * q [latent | rotated]^T) latent.</summary>
    public static void Attend(void* context, int index, int worker)
    {
        unchecked
        {
            var job = (LatentJob*)context;
            var (token, first) = (index / job->HeadGroups, index % job->HeadGroups * LatentJob.GroupHeads);
            var heads = Math.Min(LatentJob.GroupHeads, job->Heads - first);
            var selected = job->Selection.Of(token);
            var length = selected == null ? job->Positions[token] + 1 : job->Selection.Counts[token];
            var stride = Elementwise.Padded(length);
            var scores = (float*)(job->Scratch + worker * job->ScratchBytes);
            var row = scores + LatentJob.GroupHeads * (long)stride;
            var querySize = job->PlainSize + job->RotarySize;
            for (var i = 0; i < length; i++)
            {
                var cached = Load(job, token, selected == null ? i : selected[i], row, job->Rank + job->RotarySize);
                for (var h = 0; h < heads; h++)
                {
                    var absorbed = job->Absorbed + ((long)(first + h) * job->Tokens + token) * job->Rank;
                    var rotated = job->Queries + ((long)token * job->Heads + first + h) * querySize + job->PlainSize;
                    scores[h * stride + i] = job->Scale * (FloatDot.Dot(absorbed, cached, job->Rank) + FloatDot.Dot(rotated, cached + job->Rank, job->RotarySize));
                }
            }
            for (var h = 0; h < heads; h++)
            {
                Elementwise.Softmax(scores + h * stride, length);
                new Span<float>(job->MixedLatent + ((long)(first + h) * job->Tokens + token) * job->Rank, job->Rank).Clear();
            }
            for (var i = 0; i < length; i++)
            {
                var cached = Load(job, token, selected == null ? i : selected[i], row, job->Rank);
                for (var h = 0; h < heads; h++)
                    Elementwise.AddScaled(job->MixedLatent + ((long)(first + h) * job->Tokens + token) * job->Rank, cached, scores[h * stride + i], job->Rank);
            }
        }
    }

    /// <summary>Loop body over tokens: puts the heads' values side by side, times the gate where there is one.</summary>
    public static void Collect(void* context, int token, int worker)
    {
        var job = (LatentJob*)context;
        for (var h = 0; h < job->Heads; h++)
        {
            var source = new ReadOnlySpan<float>(job->Values + ((long)h * job->Tokens + token) * job->ValueSize, job->ValueSize);
            source.CopyTo(new Span<float>(job->Mixed + ((long)token * job->Heads + h) * job->ValueSize, job->ValueSize));
        }
        var width = job->Heads * job->ValueSize;
        if (job->Gate != null) Elementwise.MultiplySigmoid(job->Mixed + (long)token * width, job->Gate + (long)token * width, width);
    }

    private static float* Load(LatentJob* job, int token, int position, float* scratch, int width) =>
        TCache.LoadRows(job->Blocks[token][position / KvLayout.BlockPositions] + job->Layout.First(job->Layer, 0, position), scratch, width);
}
