using Geobuk.Models;
using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// Picks experts by sigmoid(x W^T) + correction among the groups whose best two sum highest; weights are the sigmoids of the
/// chosen, normalized and scaled. In fp32 whatever the model computes in. DeepSeek-V3, arXiv:2412.19437, section 2.1.2.
/// </summary>
public sealed class ExpertRouter : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter e_score_correction_bias;
    private readonly MixtureConfig _config;
    private readonly float _rejectedScore;

    /// <summary>The router of one layer.</summary>
    public ExpertRouter(ModelConfig model, MixtureConfig config, Device device) : base(nameof(ExpertRouter))
    {
        (_config, _rejectedScore) = (config, model.Family.RejectedGroupScore);
        weight = nn.Parameter(zeros(config.RoutedExperts, model.HiddenSize, float32, device));
        e_score_correction_bias = nn.Parameter(zeros(config.RoutedExperts, float32, device), requires_grad: false);
        RegisterComponents();
    }

    /// <summary>Experts int64 [N, k], ascending, and their weights fp32 [N, k] of rows [N, H].</summary>
    public (Tensor Experts, Tensor Weights) Route(Tensor rows)
    {
        var scores = nn.functional.linear(rows.to(float32), weight.to(float32)).sigmoid();
        var experts = Choose(scores.detach() + e_score_correction_bias.to(float32));
        var weights = scores.gather(1, experts);
        if (_config.NormalizeWeights) weights = weights / weights.sum(-1, keepdim: true).Plus(1e-20);
        return (experts, weights.Times(_config.WeightScale));
    }

    private Tensor Choose(Tensor corrected)
    {
        using var still = no_grad();
        if (_config.Groups > 1)
        {
            var groups = corrected.SplitLast(_config.Groups, -1);
            var (best, _) = groups.topk(2, -1);
            var kept = First(best.sum(-1), _config.KeptGroups);
            var rejected = ones([corrected.shape[0], _config.Groups], @bool, corrected.device)
                .scatter(-1, kept, zeros([], @bool, corrected.device).expand(kept.shape));
            corrected = groups.masked_fill(rejected.unsqueeze(-1), _rejectedScore).flatten(1);
        }
        return First(corrected, _config.ExpertsPerToken).sort(-1).Values;
    }

    /// <summary>Places of the highest, of equal ones the first: topk leaves that open, and A.X K2 gives all rejected experts the same score.</summary>
    private static Tensor First(Tensor scores, int count) => scores.sort(-1, descending: true, stable: true).Indices.narrow(-1, 0, count);
}
