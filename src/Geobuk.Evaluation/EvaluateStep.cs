using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Reports;
using Geobuk.Evaluation.Tasks;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation;

/// <summary>
/// Measures base, adapted and light model side by side: perplexity on held-out text, the exam, speed, and how far the
/// light model's distributions are from the adapted one's. The light model is measured on its GGUF file through the
/// engine that serves it.
/// </summary>
public static class EvaluateStep
{
    /// <summary>
    /// Writes evaluation.json, and details/ with the raw outcome of every part; parts that <paramref name="outputFolder"/>
    /// already holds are not measured again.
    /// </summary>
    /// <exception cref="UserInputException">A model, the exam or the validation text is absent or broken.</exception>
    public static void Run(
        EvaluateConfig config, EvaluationInputs inputs, string outputFolder, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var parts = new PartFiles(Path.Combine(outputFolder, "details"));
        var domain = Documents(inputs.CorpusFolder, "validation.domain.jsonl");
        var general = Documents(inputs.CorpusFolder, "validation.general.jsonl");
        var items = config.Exam is { } exam ? MultipleChoiceItem.Spread(ExamFile.Read(exam), config.ExamLimit) : null;
        var paths = new[] { ("base", inputs.BaseFolder), ("adapted", inputs.AdaptedFolder), ("light", inputs.LightFile) };
        var measured = new List<ModelMeasurements>();
        PerplexityProtocol? protocol = null;
        foreach (var (name, path) in paths)
        {
            if (path is null) continue;
            using var model = new MeasuredModel(name, path);
            // One protocol for all: windows must not differ between models that are compared.
            protocol ??= parts.Get("protocol", () => PerplexityProtocol.For(model.Model.ContextLength));
            measured.Add(Measure(model, config, parts, new Texts(domain, general, items, protocol), progress, cancellationToken));
        }
        DivergenceResult? kld = null;
        if (inputs.LightFile is { } light && domain is not null)
        {
            var (from, path) = inputs.AdaptedFolder is { } adapted ? ("adapted", adapted) : ("base", inputs.BaseFolder);
            kld = parts.Get("kld", () => Divergence(from, path, light, domain, new DivergenceLimits(config.KlTokens, protocol!), progress, cancellationToken));
        }
        JsonFiles.Write(Path.Combine(outputFolder, "evaluation.json"), new EvaluationResult
        {
            Protocol = Protocol(protocol!, domain, general, items),
            Models = [.. measured.Select(model => EvaluationSummary.Model(model, items, inputs.DirtyQuestions))],
            Differences = [.. measured.Zip(measured.Skip(1), (from, to) => EvaluationSummary.Difference(from, to, items))],
            Kld = kld,
            Seconds = parts.Seconds,
        });
    }

    private static ModelMeasurements Measure(
        MeasuredModel model, EvaluateConfig config, PartFiles parts, Texts texts, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var name = model.Name;
        return new ModelMeasurements(name,
            Perplexity("domain", texts.Domain),
            Perplexity("general", texts.General),
            texts.Exam is null ? null : parts.Get($"{name}.exam", () => MultipleChoiceMeasure.Run(model.Lanes, texts.Exam, $"{name}: exam", progress, cancellationToken)),
            parts.Get($"{name}.speed", () =>
            {
                progress.Report(new StepReport($"{name}: speed", 0, null, "runs"));
                return model.Speed(config.SpeedPrompt, config.SpeedGenerate, cancellationToken);
            }));

        PerplexityResult? Perplexity(string set, IReadOnlyList<EvaluationDocument>? documents) => documents is null
            ? null
            : parts.Get($"{name}.{set}", () => PerplexityMeasure.Run(model.Lanes, documents, texts.Protocol, $"{name}: {set} perplexity", progress, cancellationToken));
    }

    private static DivergenceResult Divergence(
        string from, string path, string light, IReadOnlyList<EvaluationDocument> documents, DivergenceLimits limits,
        IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        using var first = new MeasuredModel(from, path);
        using var second = new MeasuredModel("light", light);
        var divergence = DivergenceMeasure.Run(first.Lanes, second.Lanes, documents, limits, "light: KL divergence", progress, cancellationToken);
        return EvaluationSummary.Divergence(from, "light", divergence);
    }

    private static EvaluationProtocol Protocol(
        PerplexityProtocol windows, IReadOnlyList<EvaluationDocument>? domain, IReadOnlyList<EvaluationDocument>? general, IReadOnlyList<MultipleChoiceItem>? items) => new()
        {
            Window = windows.Window,
            Stride = windows.Stride,
            DomainDocuments = domain?.Count ?? 0,
            GeneralDocuments = general?.Count ?? 0,
            ExamPrompt = items is null ? null : ExamFile.PromptForm,
            ExamDigest = items is null ? null : TaskDefinition.Digest(items),
            ExamChance = items?.Average(item => 1.0 / item.Choices.Count),
        };

    /// <summary>The set's documents; null where the corpus held nothing out.</summary>
    private static IReadOnlyList<EvaluationDocument>? Documents(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return !File.Exists(path) || new FileInfo(path).Length == 0 ? null : EvaluationDocument.Read(path);
    }

    private sealed record Texts(
        IReadOnlyList<EvaluationDocument>? Domain, IReadOnlyList<EvaluationDocument>? General,
        IReadOnlyList<MultipleChoiceItem>? Exam, PerplexityProtocol Protocol);
}
