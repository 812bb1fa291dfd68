using Geobuk.Inference.Kernels;
using Geobuk.Inference.Kernels.Caches;
using Geobuk.Inference.Weights;
using Geobuk.Models;

namespace Geobuk.Inference.Layers;

/// <summary>
/// Multi-head latent attention in its absorbed form (DeepSeek-V2, arXiv:2405.04434, section 2.1.2): the cache holds the normed
/// latent and one rotated key part per position; the key projection is applied to the query, the value projection to the mixed
/// latent. With an indexer, queries beyond its limit read only the positions that it scores best.
/// </summary>
internal sealed unsafe class LatentAttention : IAttentionBlock
{
    private readonly StepState _state;
    private readonly LatentAttentionConfig _config;
    private readonly SparseIndexer? _indexer;
    private readonly float* _queryLatent, _queryNormed, _queries, _plain, _absorbed, _mixedLatent, _values, _mixed, _gate, _latent;

    public LatentAttention(StepState state, LatentAttentionConfig config)
    {
        (_state, _config) = (state, config);
        var heads = state.Config.HeadCount;
        _queryLatent = state.Allocate<float>(state.Capacity, config.QueryRank ?? 0);
        _queryNormed = state.Allocate<float>(state.Capacity, config.QueryRank ?? 0);
        _queries = state.Allocate<float>(state.Capacity, heads * config.KeyHeadSize);
        _plain = state.Allocate<float>(state.Capacity, heads * config.PlainHeadSize);
        _absorbed = state.Allocate<float>(state.Capacity, heads * config.KeyValueRank);
        _mixedLatent = state.Allocate<float>(state.Capacity, heads * config.KeyValueRank);
        _values = state.Allocate<float>(state.Capacity, heads * config.ValueHeadSize);
        _mixed = state.Allocate<float>(state.Capacity, heads * config.ValueHeadSize);
        _gate = state.Allocate<float>(state.Capacity, config.OutputGate ? heads * config.ValueHeadSize : 0);
        _latent = state.Allocate<float>(state.Capacity, config.CacheWidth);
        _indexer = config.Indexer is { } indexer ? new SparseIndexer(state, indexer) : null;
    }

    public long ScratchBytes(int length) =>
        Math.Max(LatentKernel<FloatCache<F32Rows>>.ScratchBytes(_config.CacheWidth, length), _indexer?.ScratchBytes(length) ?? 0);

    public void Run(LayerWeights layer, int index)
    {
        var weights = (LatentAttentionWeights)layer.Attention;
        var (heads, tokens) = (_state.Config.HeadCount, _state.Tokens);
        var first = weights.QueryLatent?.Down ?? weights.Query;
        _state.Prepare(_state.Normed, _state.Config.HiddenSize, tokens, first.Matrix, weights.KeyValueDown.Matrix);
        _state.Add(first, _state.Normed, weights.QueryLatent is null ? _queries : _queryLatent, tokens);
        _state.Add(weights.KeyValueDown, _state.Normed, _latent, tokens);
        _state.Run();
        if (weights.Gate is not null) _state.Multiply(weights.Gate, _queryLatent, _gate);
        fixed (float* queryNorm = weights.QueryLatent?.Norm, keyValueNorm = weights.KeyValueNorm)
        {
            var job = Job(index, queryNorm, keyValueNorm);
            if (weights.QueryLatent is not null)
            {
                _state.Pool.For(tokens, &job, &LatentKernel<FloatCache<F32Rows>>.NormQuery);
                _state.Multiply(weights.Query, _queryNormed, _queries);
            }
            _state.Pool.For(tokens, &job, _state.Cache.StoreLatent);
            if (_indexer is not null) job.Selection = _indexer.Select(weights.Indexer!, _queryNormed, index);
            EachHead(weights.KeyUp, _plain, _absorbed);
            _state.Pool.For(tokens * job.HeadGroups, &job, _state.Cache.AttendLatent);
            EachHead(weights.ValueUp, _mixedLatent, _values);
            _state.Pool.For(tokens, &job, &LatentKernel<FloatCache<F32Rows>>.Collect);
        }
        _state.Multiply(layer.AttentionOutput, _mixed, _state.Residual, accumulate: true);

        // Inputs and outputs are [heads, tokens, width], so that each head's rows are neighbours.
        void EachHead(WeightTensor stack, float* input, float* output)
        {
            _state.Prepare(input, (int)stack.Columns, heads * tokens, stack);
            for (var h = 0; h < heads; h++) _state.Add(stack, h, input, output, h * tokens, tokens);
            _state.Run();
        }
    }

    private LatentJob Job(int layer, float* queryNorm, float* keyValueNorm) => new()
    {
        Layout = _state.Layout,
        Rotary = _state.Weights.RotaryLayout,
        Layer = layer,
        Tokens = _state.Tokens,
        Heads = _state.Config.HeadCount,
        QueryRank = _config.QueryRank ?? 0,
        Rank = _config.KeyValueRank,
        PlainSize = _config.PlainHeadSize,
        RotarySize = _config.RotaryHeadSize,
        ValueSize = _config.ValueHeadSize,
        Scale = (float)_state.Config.AttentionScale,
        Epsilon = (float)LatentAttentionConfig.NormEpsilon,
        QueryNorm = queryNorm,
        KeyValueNorm = keyValueNorm,
        QueryLatent = _queryLatent,
        QueryNormed = _queryNormed,
        Queries = _queries,
        Plain = _plain,
        Latent = _latent,
        Absorbed = _absorbed,
        MixedLatent = _mixedLatent,
        Values = _values,
        Gate = _config.OutputGate ? _gate : null,
        Mixed = _mixed,
        Cosines = _state.Cosines,
        Sines = _state.Sines,
        Positions = _state.Positions,
        Blocks = _state.Blocks,
        Scratch = _state.Scratch,
        ScratchBytes = _state.ScratchBytes,
    };
}
