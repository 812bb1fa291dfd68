using Geobuk.Compression.Calibration;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Compression.Fitting;

/// <summary>Runs a model over calibration text and gathers the <see cref="InputMoments"/> of its matrices.</summary>
public static class MomentGathering
{
    private const long MostBytes = 3L << 30;

    /// <summary>Gathers the moments of every matrix that is not part of a stack.</summary>
    /// <exception cref="UserInputException">They take more memory than is reasonable: says how much.</exception>
    public static MomentSet Run(InferenceModel model, CalibrationText text, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var wanted = TypePlan.Matrices(model.Config).Where(spec => spec.Shape.Count == 2 && spec.Name != "token_embd.weight").ToDictionary(spec => spec.Name, spec => (int)spec.Shape[1]);
        var bytes = wanted.Values.Sum(columns => 8L * columns * columns);
        if (bytes > MostBytes)
            throw new UserInputException($"{model.Name}: second moments of all inputs take {bytes / 1e9:f1} GB; expected at most {MostBytes / 1e9:f1} GB. Leave out --error-feedback: joint search and an importance matrix need none of it.");
        var moments = new Dictionary<string, InputMoments>();
        using var engine = new Engine(model);
        engine.InputVisitor = (tensor, _, inputs, rows) =>
        {
            if (!wanted.TryGetValue(tensor, out var columns)) return;
            if (!moments.TryGetValue(tensor, out var entry)) moments[tensor] = entry = new InputMoments(columns);
            entry.Add(inputs, rows);
        };
        var passes = text.Tokens * (model.Config.LayerCount + 1);
        engine.ReadByLayers(text.Sequences, done => progress?.Report(new StepReport("second moments", done * text.Tokens / passes, text.Tokens, "tokens")), cancellationToken);
        return new MomentSet(moments);
    }
}
