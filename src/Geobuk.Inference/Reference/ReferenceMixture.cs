using Geobuk.Inference.Weights;
using Geobuk.Models;
using static Geobuk.Inference.Reference.ReferenceMath;

namespace Geobuk.Inference.Reference;

/// <summary>
/// A mixture of experts, token by token:
/// <code>
/// s = sigmoid(Wg x), c = s + correction
/// groups: keep those whose best two c sum highest; c of the others = minus infinity (A.X K1) or 0 (A.X K2)
/// chosen = the experts of the highest c, weight w = s / sum of the chosen s * scale
/// y = sum of w * expert(x) + shared(x) [normed, A.X K1]
/// </code>
/// </summary>
internal static class ReferenceMixture
{
    public static float[][] Compute(MixtureWeights weights, ModelConfig config, float[][] x) => Map(x, row => Token(weights, config, row));

    /// <summary>The experts of a token, best first, and their weights.</summary>
    public static (int Expert, float Weight)[] Route(MixtureWeights weights, ModelConfig config, float[] x)
    {
        var mixture = config.Mixture!;
        var scores = Map(Linear(weights.Router, [x])[0], Sigmoid);
        var corrected = Add(scores, weights.Correction);
        if (mixture.Groups > 1)
        {
            var groups = corrected.Chunk(mixture.RoutedExperts / mixture.Groups).ToArray();
            var kept = Enumerable.Range(0, groups.Length).OrderByDescending(g => groups[g].OrderDescending().Take(2).Sum()).Take(mixture.KeptGroups).ToHashSet();
            corrected = [.. groups.SelectMany((group, g) => kept.Contains(g) ? group : Map(group, _ => config.Family.RejectedGroupScore))];
        }
        var chosen = Enumerable.Range(0, corrected.Length).OrderByDescending(e => corrected[e]).Take(mixture.ExpertsPerToken).ToArray();
        var sum = mixture.NormalizeWeights ? chosen.Sum(e => scores[e]) + 1e-20f : 1;
        return Map(chosen, e => (e, scores[e] / sum * (float)mixture.WeightScale));
    }

    private static float[] Token(MixtureWeights weights, ModelConfig config, float[] x)
    {
        var sum = weights.Shared is { } shared ? Mlp(shared, [x])[0] : new float[x.Length];
        foreach (var (expert, weight) in Route(weights, config, x))
        {
            var inner = Gate(Linear(weights.Gate, expert, [x]), Linear(weights.Up, expert, [x]));
            sum = Add(sum, Map(Linear(weights.Down, expert, inner)[0], value => value * weight));
        }
        return weights.PostNorm is { } norm ? RmsNorm(sum, norm, config.NormEpsilon) : sum;
    }
}
