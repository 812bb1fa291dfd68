using System.Text.Json;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Forgetting;

/// <summary>
/// After training: w = base + alpha (trained - base), scored on domain and general text for a grid of alphas, first one alpha for
/// the whole model, then band by band from the best found (one greedy pass). Training further and then going part of the way back
/// loses less of both abilities than training less (Wortsman et al. 2022, arXiv:2109.01903). Both weights are read tensor by tensor
/// from their files; the only model in memory is the mixture.
/// </summary>
internal sealed class AlphaSweep(ForgettingConfig config, string baseFolder, string trainedFolder, CausalLanguageModel mixture, Func<HeldOutScores> score)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private readonly WeightBands _bands = new(mixture.Config.LayerCount, config.LayerBands);
    private readonly List<AlphaPoint> _points = [];

    /// <summary>Points that <see cref="Run"/> scores.</summary>
    public int Count => Grid.Count + (config.LayerBands == 0 ? 0 : _bands.Names.Count * (Grid.Count - 1));

    /// <summary>Which of a point's alphas a parameter follows.</summary>
    public int BandOf(string name) => _bands.Of(name);

    private List<double> Grid => config.Alphas == 1
        ? [1]
        : [.. Enumerable.Range(0, config.Alphas).Select(i => Math.Round(1 - i * (1 - config.LowestAlpha) / (config.Alphas - 1), 4))];

    /// <summary>Scores every point, leaves the chosen mixture in the model, and returns all points with the chosen one.</summary>
    public (IReadOnlyList<AlphaPoint> Points, AlphaPoint Chosen) Run(Action<int> advance)
    {
        foreach (var alpha in Grid) Try([.. _bands.Names.Select(_ => alpha)], advance);
        var chosen = AlphaPoint.Choose(_points);
        for (var band = 0; config.LayerBands > 0 && band < _bands.Names.Count; band++)
        {
            foreach (var alpha in Grid.Where(alpha => alpha != chosen.Alphas[band])) Try([.. chosen.Alphas.Select((other, i) => i == band ? alpha : other)], advance);
            chosen = AlphaPoint.Choose(_points);
        }
        Mix(chosen.Alphas);
        return (_points, chosen);
    }

    /// <summary>Writes merge.json.</summary>
    public void Describe(AlphaPoint chosen, string path)
    {
        var pareto = AlphaPoint.Pareto(_points);
        AtomicFile.WriteText(path, JsonSerializer.Serialize(new
        {
            bands = _bands.Names,
            limit = config.Limit,
            confidence = config.Confidence,
            points = _points.Select(point => new
            {
                alphas = point.Alphas,
                domain = point.Domain,
                general = point.General,
                exam = point.Scores.Exam,
                changes = point.Scores.Described,
                held = point.Scores.Held,
                pareto = pareto.Contains(point),
                chosen = ReferenceEquals(point, chosen),
            }),
        }, s_indented) + "\n");
    }

    private void Try(double[] alphas, Action<int> advance)
    {
        Mix(alphas);
        _points.Add(new AlphaPoint(alphas, score()));
        advance(_points.Count);
    }

    private void Mix(IReadOnlyList<double> alphas)
    {
        using var start = ModelCheckpoint.Open(baseFolder);
        using var end = ModelCheckpoint.Open(trainedFolder);
        using var still = no_grad();
        foreach (var (name, parameter) in mixture.named_parameters())
        {
            using var scope = NewDisposeScope();
            var from = tensor(start.ReadSingle(name), parameter.shape);
            parameter.copy_(from.lerp_(tensor(end.ReadSingle(name), parameter.shape), (float)alphas[_bands.Of(name)]));
        }
    }
}
