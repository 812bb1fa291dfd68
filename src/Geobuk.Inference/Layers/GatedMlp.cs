using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;

namespace Geobuk.Inference.Layers;

/// <summary>down(silu(gate x) * up x). Shazeer 2020, arXiv:2002.05202.</summary>
internal sealed unsafe class GatedMlp : IFeedForwardBlock
{
    private readonly StepState _state;
    private readonly float* _gate, _up;

    /// <summary>For MLPs of up to <paramref name="width"/>.</summary>
    public GatedMlp(StepState state, int width)
    {
        _state = state;
        _gate = state.Allocate<float>(state.Capacity, width);
        _up = state.Allocate<float>(state.Capacity, width);
    }

    public void Run(LayerWeights layer) => Run((MlpWeights)layer.FeedForward, _state.Residual, accumulate: true);

    /// <summary>output = (or +=) MLP(normed).</summary>
    public void Run(MlpWeights weights, float* output, bool accumulate)
    {
        _state.Prepare(_state.Normed, _state.Config.HiddenSize, _state.Tokens, weights.Gate.Matrix, weights.Up.Matrix);
        _state.Add(weights.Gate, _state.Normed, _gate, _state.Tokens);
        _state.Add(weights.Up, _state.Normed, _up, _state.Tokens);
        _state.Run();
        Activate(_state.Pool, _gate, _up, _state.Tokens, weights.Gate.Outputs);
        _state.Multiply(weights.Down, _gate, output, accumulate);
    }

    /// <summary>gate = silu(gate) * up, row by row.</summary>
    public static void Activate(WorkerPool pool, float* gate, float* up, int rows, int width)
    {
        var context = new ActivationContext { Gate = gate, Up = up, Width = width };
        pool.For(rows, &context, &ActivateRow);
    }

    private static void ActivateRow(void* context, int row, int worker)
    {
        var c = (ActivationContext*)context;
        Elementwise.SwiGlu(c->Gate + (long)row * c->Width, c->Up + (long)row * c->Width, c->Width);
    }

    private struct ActivationContext
    {
        public float* Gate, Up;
        public int Width;
    }
}
