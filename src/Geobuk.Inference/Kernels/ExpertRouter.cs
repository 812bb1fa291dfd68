using Geobuk.Models;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Picks a token's experts: the best by sigmoid(logit) + correction, in the groups whose best two sum highest; the weights are
/// the sigmoids alone. DeepSeek-V3, arXiv:2412.19437, section 2.1.2.
/// </summary>
internal readonly unsafe struct ExpertRouter(MixtureConfig config, float rejectedScore)
{
    public readonly int Experts = config.RoutedExperts;
    public readonly int ExpertsPerToken = config.ExpertsPerToken;
    private readonly int _groups = config.Groups;
    private readonly int _keptGroups = config.KeptGroups;
    private readonly bool _normalize = config.NormalizeWeights;
    private readonly float _scale = (float)config.WeightScale;
    private readonly float _rejectedScore = rejectedScore;

    /// <summary>Fills the chosen experts in ascending order, and their weights.</summary>
    /// <param name="logits">[experts]; overwritten by their sigmoids.</param>
    /// <param name="correction">[experts].</param>
    /// <param name="chosen">[experts per token].</param>
    /// <param name="weights">[experts per token].</param>
    public void Route(float* logits, float* correction, int* chosen, float* weights)
    {
        Span<float> scores = Experts <= 1024 ? stackalloc float[Experts] : new float[Experts];
        for (var e = 0; e < Experts; e++)
        {
            logits[e] = 1 / (1 + MathF.Exp(-logits[e]));
            scores[e] = logits[e] + correction[e];
        }
        if (_groups > 1) RejectGroups(scores);
        var picked = new Span<int>(chosen, ExpertsPerToken);
        for (var j = 0; j < ExpertsPerToken; j++)
        {
            picked[j] = Best(scores);
            scores[picked[j]] = float.NaN;
        }
        picked.Sort();
        var sum = 0f;
        for (var j = 0; j < ExpertsPerToken; j++) sum += weights[j] = logits[chosen[j]];
        var factor = _normalize ? _scale / (sum + 1e-20f) : _scale;
        for (var j = 0; j < ExpertsPerToken; j++) weights[j] *= factor;
    }

    private void RejectGroups(Span<float> scores)
    {
        var size = Experts / _groups;
        Span<float> best = _groups <= 256 ? stackalloc float[_groups] : new float[_groups];
        for (var g = 0; g < _groups; g++)
        {
            var (first, second) = (float.NegativeInfinity, float.NegativeInfinity);
            foreach (var score in scores.Slice(g * size, size))
            {
                if (score > first) (first, second) = (score, first);
                else if (score > second) second = score;
            }
            best[g] = first + second;
        }
        for (var kept = 0; kept < _keptGroups; kept++) best[Best(best)] = float.NaN;
        for (var g = 0; g < _groups; g++)
        {
            if (!float.IsNaN(best[g])) scores.Slice(g * size, size).Fill(_rejectedScore);
        }
    }

    /// <summary>Index of the highest value, of equal ones the first; what is taken already is not a number.</summary>
    private static int Best(ReadOnlySpan<float> values)
    {
        var best = -1;
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsNaN(values[i]) && (best < 0 || values[i] > values[best])) best = i;
        }
        // Only values that are no numbers are left: a broken model must not crash the process.
        return Math.Max(best, 0);
    }
}
