using System.Text.Json.Nodes;

namespace Geobuk.Evaluation.Reports;

/// <summary>The report's inputs, read.</summary>
internal sealed record ReportData
{
    public required ReportInputs Inputs { get; init; }
    public CorpusFigures? Corpus { get; init; }
    public TrainingCurve? Curve { get; init; }
    public MergeSweep? Merge { get; init; }
    public EvaluationResult? Evaluation { get; init; }
    public CompressionFigures? Compression { get; init; }
    public required IReadOnlyDictionary<string, string> Machine { get; init; }

    public double Seconds => Inputs.Artifacts.Sum(artifact => artifact.Seconds);

    public static ReportData Read(ReportInputs inputs) => new()
    {
        Inputs = inputs,
        Corpus = inputs.CorpusReport is { } corpus ? CorpusFigures.From(JsonFiles.Read<JsonObject>(corpus)) : null,
        Curve = inputs.Metrics is { } metrics ? TrainingCurve.Read(metrics) : null,
        Merge = inputs.Merge is { } merge ? JsonFiles.Read<MergeSweep>(merge) : null,
        Evaluation = inputs.Evaluation is { } evaluation ? JsonFiles.Read<EvaluationResult>(evaluation) : null,
        Compression = inputs.Compression is { } compression ? CompressionFigures.From(JsonFiles.Read<JsonObject>(compression)) : null,
        Machine = inputs.Machine ?? MachineDescription.Here(),
    };

    public ModelResult? Model(string name) => Evaluation?.Models.FirstOrDefault(model => model.Name == name);

    public ModelDifference? Difference(string from, string to) =>
        Evaluation?.Differences.FirstOrDefault(difference => difference.From == from && difference.To == to);
}
