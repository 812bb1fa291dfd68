using Geobuk.Inference.Kernels;
using Geobuk.Inference.Kernels.Caches;
using Geobuk.Inference.Weights;
using Geobuk.Models;

namespace Geobuk.Inference.Layers;

/// <summary>
/// The lightning indexer: score(q, p) = sum over heads of w_h relu(q_h k_p) / sqrt(heads * size); a query reads the TopK
/// positions that score highest. Its keys have a cache of their own; RoPE turns the first elements, as halves.
/// </summary>
internal sealed unsafe class SparseIndexer
{
    private readonly StepState _state;
    private readonly IndexerConfig _config;
    private readonly float* _queries, _keys, _headWeights;
    private readonly PositionSelection _selection;

    public SparseIndexer(StepState state, IndexerConfig config)
    {
        (_state, _config) = (state, config);
        _queries = state.Allocate<float>(state.Capacity, config.Heads * config.HeadSize);
        _keys = state.Allocate<float>(state.Capacity, config.HeadSize);
        _headWeights = state.Allocate<float>(state.Capacity, config.Heads);
        _selection = new PositionSelection
        {
            Positions = state.Allocate<int>(state.Capacity, config.TopK),
            Counts = state.Allocate<int>(state.Capacity, 1),
            Most = config.TopK,
        };
    }

    public long ScratchBytes(int length) => IndexerKernel<FloatCache<F32Rows>>.ScratchBytes(_config.HeadSize, length);

    /// <summary>Stores the keys of the step's tokens and picks the positions that each of them reads.</summary>
    public PositionSelection Select(IndexerWeights weights, float* queryNormed, int layer)
    {
        var tokens = _state.Tokens;
        _state.Multiply(weights.Query, queryNormed, _queries);
        _state.Prepare(_state.Normed, _state.Config.HiddenSize, tokens, weights.Key.Matrix, weights.HeadWeights.Matrix);
        _state.Add(weights.Key, _state.Normed, _keys, tokens);
        _state.Add(weights.HeadWeights, _state.Normed, _headWeights, tokens);
        _state.Run();
        fixed (float* scale = weights.KeyNormScale, bias = weights.KeyNormBias)
        {
            var job = new IndexerJob
            {
                Layout = _state.Layout,
                Layer = layer,
                Heads = _config.Heads,
                HeadSize = _config.HeadSize,
                RotarySize = _state.Config.RotarySize,
                KeyNormScale = scale,
                KeyNormBias = bias,
                Queries = _queries,
                Keys = _keys,
                HeadWeights = _headWeights,
                Cosines = _state.Cosines,
                Sines = _state.Sines,
                Positions = _state.Positions,
                Blocks = _state.Blocks,
                Selection = _selection,
                Scratch = _state.Scratch,
                ScratchBytes = _state.ScratchBytes,
            };
            _state.Pool.For(tokens, &job, _state.Cache.StoreIndexer);
            _state.Pool.For(tokens, &job, _state.Cache.SelectIndexer);
        }
        return _selection;
    }
}
