namespace Geobuk.Inference.Sampling;

/// <summary>Chooses tokens from logits for one sequence: biases, penalties, temperature, top-k, top-p, min-p, draw.</summary>
internal sealed class Sampler
{
    /// <summary>Weights below these fractions of the largest are sorted only if the ones above do not suffice.</summary>
    private static readonly double[] s_thresholds = [1e-3, 1e-6, 0];

    private readonly SamplingParameters _parameters;
    private readonly long _seed;
    private readonly HashSet<int> _seen = [];
    private readonly Dictionary<int, int> _chosen = [];
    private readonly float[]? _changed;
    private double[] _weights = [];
    private readonly List<int> _candidates = [];

    public Sampler(SamplingParameters parameters, int vocabularySize)
    {
        _parameters = parameters;
        _seed = parameters.Seed ?? Random.Shared.NextInt64();
        if (parameters.RepetitionPenalty != 1 || parameters.FrequencyPenalty != 0 || parameters.PresencePenalty != 0 || parameters.LogitBias.Count > 0) _changed = new float[vocabularySize];
    }

    /// <summary>Tokens already in the sequence, for the penalty.</summary>
    public void Observe(IEnumerable<int> tokens) => _seen.UnionWith(tokens);

    /// <summary>The next token.</summary>
    /// <param name="logits">One value per token.</param>
    /// <param name="position">Where the token will stand: the counter of the draw.</param>
    public int Choose(ReadOnlySpan<float> logits, int position)
    {
        if (_changed is not null)
        {
            logits.CopyTo(_changed);
            Penalize(_changed);
            logits = _changed;
        }
        var token = _parameters.Temperature == 0 ? Likeliest(logits) : Draw(logits, position);
        _seen.Add(token);
        if (_changed is not null) _chosen[token] = _chosen.GetValueOrDefault(token) + 1;
        return token;
    }

    /// <summary>Adds the biases, and makes less likely what was seen.</summary>
    internal void Penalize(Span<float> logits)
    {
        foreach (var (token, bias) in _parameters.LogitBias)
            if (token < logits.Length) logits[token] += bias;
        if (_parameters.RepetitionPenalty != 1)
        {
            foreach (var token in _seen)
                logits[token] = logits[token] > 0 ? logits[token] / _parameters.RepetitionPenalty : logits[token] * _parameters.RepetitionPenalty;
        }
        foreach (var (token, count) in _chosen) logits[token] -= _parameters.PresencePenalty + count * _parameters.FrequencyPenalty;
    }

    /// <summary>The first of the largest.</summary>
    private static int Likeliest(ReadOnlySpan<float> logits) => Math.Max(0, logits.IndexOf(LogProbabilities.Peak(logits)));

    private int Draw(ReadOnlySpan<float> logits, int position)
    {
        var total = ComputeWeights(logits);
        SelectCandidates(total);
        CutTopK();
        CutTopP();
        _candidates.RemoveAll(token => _weights[token] < _parameters.MinP);
        var rest = CounterRandom.Uniform(_seed, position) * _candidates.Sum(token => _weights[token]);
        foreach (var token in _candidates)
        {
            rest -= _weights[token];
            if (rest < 0) return token;
        }
        // Rounding may leave a rest; what cannot be chosen must not be chosen for it.
        return _candidates.FindLast(token => _weights[token] > 0);
    }

    /// <summary>exp((logit - largest) / temperature): the likeliest token has weight 1.</summary>
    private double ComputeWeights(ReadOnlySpan<float> logits)
    {
        var peak = LogProbabilities.Peak(logits);
        var total = 0.0;
        if (_weights.Length == 0) _weights = new double[logits.Length];
        for (var i = 0; i < logits.Length; i++) total += _weights[i] = Math.Exp((logits[i] - peak) / (double)_parameters.Temperature);
        return total;
    }

    /// <summary>
    /// The candidates that top-k, or without it top-p, can keep, likeliest first (ties by id). Few of a vocabulary are likely, so only a head of
    /// it is sorted; without either cut the order is that of the ids.
    /// </summary>
    private void SelectCandidates(double total)
    {
        var cuts = _parameters.TopK > 0 || _parameters.TopP < 1;
        foreach (var threshold in cuts ? s_thresholds : [0])
        {
            _candidates.Clear();
            var mass = 0.0;
            for (var i = 0; i < _weights.Length; i++)
            {
                if (_weights[i] < threshold) continue;
                _candidates.Add(i);
                mass += _weights[i];
            }
            if (_parameters.TopK > 0 ? _candidates.Count >= _parameters.TopK : mass >= _parameters.TopP * total) break;
        }
        if (cuts) _candidates.Sort((a, b) => _weights[a] != _weights[b] ? _weights[b].CompareTo(_weights[a]) : a.CompareTo(b));
    }

    private void CutTopK()
    {
        if (_parameters.TopK > 0 && _candidates.Count > _parameters.TopK)
            _candidates.RemoveRange(_parameters.TopK, _candidates.Count - _parameters.TopK);
    }

    /// <summary>Keeps the shortest head whose share of what top-k left reaches top-p.</summary>
    private void CutTopP()
    {
        if (_parameters.TopP >= 1) return;
        var total = _parameters.TopK > 0 ? _candidates.Sum(token => _weights[token]) : _weights.Sum();
        var mass = 0.0;
        for (var i = 0; i < _candidates.Count; i++)
        {
            mass += _weights[_candidates[i]];
            if (mass < _parameters.TopP * total) continue;
            _candidates.RemoveRange(i + 1, _candidates.Count - i - 1);
            return;
        }
    }
}
