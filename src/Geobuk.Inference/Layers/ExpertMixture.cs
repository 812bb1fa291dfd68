using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models;

namespace Geobuk.Inference.Layers;

/// <summary>
/// A mixture of experts, computed expert by expert: the tokens that chose one are gathered, so that its weights are read once a
/// step, and those of an expert that nobody chose are never touched.
/// </summary>
internal sealed unsafe class ExpertMixture : IFeedForwardBlock
{
    private readonly StepState _state;
    private readonly MixtureConfig _config;
    private readonly GatedMlp? _shared;
    private readonly float* _scores, _weights, _inputs, _gate, _up, _outputs, _sums;
    private readonly int* _chosen, _places, _starts;

    public ExpertMixture(StepState state, MixtureConfig config)
    {
        (_state, _config) = (state, config);
        var (choices, hidden) = ((long)state.Capacity * config.ExpertsPerToken, state.Config.HiddenSize);
        _shared = config.SharedExperts > 0 ? new GatedMlp(state, config.SharedIntermediateSize) : null;
        _scores = state.Allocate<float>(state.Capacity, config.RoutedExperts);
        _weights = state.Allocate<float>(choices, 1);
        _chosen = state.Allocate<int>(choices, 1);
        _places = state.Allocate<int>(choices, 1);
        _starts = state.Allocate<int>(config.RoutedExperts + 1, 1);
        _inputs = state.Allocate<float>(choices, hidden);
        _gate = state.Allocate<float>(choices, config.IntermediateSize);
        _up = state.Allocate<float>(choices, config.IntermediateSize);
        _outputs = state.Allocate<float>(choices, hidden);
        _sums = state.Allocate<float>(state.Capacity, hidden);
    }

    public void Run(LayerWeights layer)
    {
        var weights = (MixtureWeights)layer.FeedForward;
        _state.Multiply(weights.Router, _state.Normed, _scores);
        fixed (float* correction = weights.Correction, norm = weights.PostNorm)
        {
            var context = Context(correction, norm);
            _state.Pool.For(_state.Tokens, &context, &RouteToken);
            var choices = Place();
            _state.Pool.For(_state.Tokens, &context, &GatherToken);
            RunExperts(weights, choices);
            if (_shared is not null) _shared.Run(weights.Shared!, _sums, accumulate: false);
            else new Span<float>(_sums, _state.Tokens * _state.Config.HiddenSize).Clear();
            _state.Pool.For(_state.Tokens, &context, &CombineToken);
        }
    }

    /// <summary>Gives every choice its row among the gathered inputs, ordered by expert and then by token; returns their number.</summary>
    private int Place()
    {
        var choices = _state.Tokens * _config.ExpertsPerToken;
        new Span<int>(_starts, _config.RoutedExperts + 1).Clear();
        for (var i = 0; i < choices; i++) _starts[_chosen[i] + 1]++;
        for (var e = 0; e < _config.RoutedExperts; e++) _starts[e + 1] += _starts[e];
        for (var i = 0; i < choices; i++) _places[i] = _starts[_chosen[i]]++;
        // Filling moved every start to its expert's end.
        for (var e = _config.RoutedExperts; e > 0; e--) _starts[e] = _starts[e - 1];
        _starts[0] = 0;
        return choices;
    }

    private void RunExperts(MixtureWeights weights, int choices)
    {
        _state.Prepare(_inputs, _state.Config.HiddenSize, choices, weights.Gate, weights.Up);
        for (var e = 0; e < _config.RoutedExperts; e++)
        {
            var rows = _starts[e + 1] - _starts[e];
            if (rows == 0) continue;
            _state.Add(weights.Gate, e, _inputs, _gate, _starts[e], rows);
            _state.Add(weights.Up, e, _inputs, _up, _starts[e], rows);
        }
        _state.Run();
        GatedMlp.Activate(_state.Pool, _gate, _up, choices, _config.IntermediateSize);
        _state.Prepare(_gate, _config.IntermediateSize, choices, weights.Down);
        for (var e = 0; e < _config.RoutedExperts; e++)
        {
            var rows = _starts[e + 1] - _starts[e];
            if (rows > 0) _state.Add(weights.Down, e, _gate, _outputs, _starts[e], rows);
        }
        _state.Run();
    }

    private MixtureContext Context(float* correction, float* norm) => new()
    {
        Router = new ExpertRouter(_config, _state.Config.Family.RejectedGroupScore),
        Hidden = _state.Config.HiddenSize,
        Epsilon = (float)_state.Config.NormEpsilon,
        Scores = _scores,
        Correction = correction,
        PostNorm = norm,
        Chosen = _chosen,
        Weights = _weights,
        Places = _places,
        Normed = _state.Normed,
        Inputs = _inputs,
        Outputs = _outputs,
        Sums = _sums,
        Residual = _state.Residual,
    };

    private static void RouteToken(void* context, int token, int worker)
    {
        var c = (MixtureContext*)context;
        var first = (long)token * c->Router.ExpertsPerToken;
        c->Router.Route(c->Scores + (long)token * c->Router.Experts, c->Correction, c->Chosen + first, c->Weights + first);
    }

    private static void GatherToken(void* context, int token, int worker)
    {
        var c = (MixtureContext*)context;
        var source = new ReadOnlySpan<float>(c->Normed + (long)token * c->Hidden, c->Hidden);
        for (var j = 0; j < c->Router.ExpertsPerToken; j++)
        {
            var place = c->Places[(long)token * c->Router.ExpertsPerToken + j];
            source.CopyTo(new Span<float>(c->Inputs + (long)place * c->Hidden, c->Hidden));
        }
    }

    /// <summary>residual += norm?(shared + sum of weight * expert), the experts in the order of their numbers.</summary>
    private static void CombineToken(void* context, int token, int worker)
    {
        var c = (MixtureContext*)context;
        var sum = c->Sums + (long)token * c->Hidden;
        for (var j = 0; j < c->Router.ExpertsPerToken; j++)
        {
            var choice = (long)token * c->Router.ExpertsPerToken + j;
            Elementwise.AddScaled(sum, c->Outputs + (long)c->Places[choice] * c->Hidden, c->Weights[choice], c->Hidden);
        }
        if (c->PostNorm != null) Elementwise.RmsNorm(sum, new ReadOnlySpan<float>(c->PostNorm, c->Hidden), sum, c->Epsilon);
        Elementwise.AddScaled(c->Residual + (long)token * c->Hidden, sum, 1, c->Hidden);
    }

    private struct MixtureContext
    {
        public ExpertRouter Router;
        public int Hidden;
        public float Epsilon;
        public float* Scores, Correction, PostNorm, Weights, Normed, Inputs, Outputs, Sums, Residual;
        public int* Chosen, Places;
    }
}
