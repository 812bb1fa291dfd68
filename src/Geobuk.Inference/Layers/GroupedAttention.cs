using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;

namespace Geobuk.Inference.Layers;

/// <summary>Grouped-query attention: softmax(rope(q) rope(K)^T / sqrt(d)) V.</summary>
internal sealed unsafe class GroupedAttention : IAttentionBlock
{
    private readonly StepState _state;
    private readonly float* _queries, _keys, _values, _mixed;
    private readonly int* _tileStarts;

    public GroupedAttention(StepState state)
    {
        _state = state;
        var config = state.Config;
        var keyWidth = config.KeyValueHeadCount * config.HeadSize;
        _queries = state.Allocate<float>(state.Capacity, config.HeadCount * config.HeadSize);
        _keys = state.Allocate<float>(state.Capacity, keyWidth);
        _values = state.Allocate<float>(state.Capacity, keyWidth);
        _mixed = state.Allocate<float>(state.Capacity, config.HeadCount * config.HeadSize);
        _tileStarts = state.Allocate<int>(state.Capacity + 1, 1);
    }

    public long ScratchBytes(int length) =>
        AttentionJob.WorkerBytes(_state.Config.HeadCount / _state.Config.KeyValueHeadCount, _state.Config.HeadSize, length);

    public void Run(LayerWeights layer, int index)
    {
        var weights = (GroupedAttentionWeights)layer.Attention;
        _state.Prepare(_state.Normed, _state.Config.HiddenSize, _state.Tokens, weights.Query.Matrix, weights.Key.Matrix, weights.Value.Matrix);
        _state.Add(weights.Query, _state.Normed, _queries, _state.Tokens);
        _state.Add(weights.Key, _state.Normed, _keys, _state.Tokens);
        _state.Add(weights.Value, _state.Normed, _values, _state.Tokens);
        _state.Run();
        var job = Job(index);
        _state.Pool.For(_state.Tokens, &job, _state.Cache.StoreGrouped);
        _state.Pool.For(Tiles() * _state.Layout.Heads, &job, _state.Cache.AttendGrouped);
        _state.Multiply(layer.AttentionOutput, _mixed, _state.Residual, accumulate: true);
    }

    /// <summary>Cuts the step's tokens into runs that follow one another in a sequence, none longer than a tile; returns their number.</summary>
    private int Tiles()
    {
        var (tiles, most) = (0, AttentionJob.TileTokens(_state.Config.HeadCount / _state.Config.KeyValueHeadCount));
        for (var t = 0; t < _state.Tokens; t++)
        {
            var follows = t > 0 && t - _tileStarts[tiles - 1] < most
                && _state.Blocks[t] == _state.Blocks[t - 1] && _state.Positions[t] == _state.Positions[t - 1] + 1;
            if (!follows) _tileStarts[tiles++] = t;
        }
        _tileStarts[tiles] = _state.Tokens;
        return tiles;
    }

    private AttentionJob Job(int layer) => new()
    {
        Layout = _state.Layout,
        Rotary = _state.Weights.RotaryLayout,
        Layer = layer,
        TileStarts = _tileStarts,
        QueryHeads = _state.Config.HeadCount,
        Scale = (float)_state.Config.AttentionScale,
        Queries = _queries,
        Keys = _keys,
        Values = _values,
        Output = _mixed,
        Cosines = _state.Cosines,
        Sines = _state.Sines,
        Positions = _state.Positions,
        Blocks = _state.Blocks,
        Scratch = _state.Scratch,
        ScratchBytes = _state.ScratchBytes,
    };
}
