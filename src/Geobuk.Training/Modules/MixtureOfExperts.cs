using Geobuk.Models;
using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// The sum of a token's routed experts, weighted, and the shared experts. Tokens are sorted by expert, so that each expert
/// computes its rows in one product.
/// </summary>
public sealed class MixtureOfExperts : nn.Module<Tensor, Tensor>
{
    private readonly ExpertRouter gate;
    private readonly ModuleList<GatedMlp> experts;
    private readonly GatedMlp? shared_experts;
    private readonly long[] _load;

    /// <summary>The mixture of one layer.</summary>
    public MixtureOfExperts(ModelConfig model, MixtureConfig config, Device device) : base(nameof(MixtureOfExperts))
    {
        gate = new ExpertRouter(model, config, device);
        experts = new ModuleList<GatedMlp>([.. Enumerable.Range(0, config.RoutedExperts)
            .Select(_ => new GatedMlp(model.HiddenSize, config.IntermediateSize, false, device))]);
        if (config.SharedExperts > 0) shared_experts = new GatedMlp(model.HiddenSize, config.SharedIntermediateSize, false, device);
        _load = new long[config.RoutedExperts];
        RegisterComponents();
    }

    /// <summary>Called with the chosen experts, int64 [N, k], of every forward pass.</summary>
    public Action<Tensor>? Observer { get; set; }

    /// <summary>
    /// Called with the tokens of every expert and the weighted outputs [sum of tokens, H], expert after expert, of every forward pass.
    /// </summary>
    public Action<long[], Tensor>? OutputObserver { get; set; }

    /// <summary>Off while a layer is computed again for the backward pass.</summary>
    internal bool CountsLoad { get; set; } = true;

    /// <summary>How often every expert was chosen since the last call.</summary>
    public long[] TakeLoad()
    {
        var load = (long[])_load.Clone();
        Array.Clear(_load);
        return load;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        var rows = x.reshape(-1, x.shape[^1]);
        var (chosen, weights) = gate.Route(rows);
        Observer?.Invoke(chosen);
        var choices = chosen.numel();
        // Keys are unique, so the order is the same on every machine: by expert, then by token.
        var (_, order) = (chosen.flatten() * choices + arange(choices, int64, chosen.device)).sort();
        var tokens = order.div(chosen.shape[1], RoundingMode.floor);
        // Counted here, where they are needed: a device's own count has no fixed order.
        var counts = new long[_load.Length];
        foreach (var expert in chosen.Values<long>()) counts[expert]++;
        var outputs = Compute(rows.index_select(0, tokens), counts) * weights.flatten().index_select(0, order).unsqueeze(1).to(x.dtype);
        OutputObserver?.Invoke(counts, outputs);
        var sum = zeros_like(rows).PlusRows(tokens, outputs);
        if (shared_experts is not null) sum = sum.Plus(shared_experts.forward(rows));
        return sum.view(x.shape);
    }

    private Tensor Compute(Tensor inputs, long[] counts)
    {
        var outputs = new List<Tensor>();
        long start = 0;
        for (var e = 0; e < counts.Length; e++)
        {
            if (CountsLoad) _load[e] += counts[e];
            if (counts[e] == 0) continue;
            outputs.Add(experts[e].forward(inputs.narrow(0, start, counts[e])));
            start += counts[e];
        }
        return cat(outputs, 0);
    }
}
