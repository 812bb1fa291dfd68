using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Evaluation.Tasks;
using Geobuk.Models;

namespace Geobuk.Evaluation.Reports;

/// <summary>Losses by optimizer step, from metrics.jsonl, nats per token; and the exam's scores where it was asked.</summary>
internal sealed record TrainingCurve(
    IReadOnlyList<CurvePoint> Train, IReadOnlyList<CurvePoint> Domain, IReadOnlyList<CurvePoint> General, long Tokens, double Seconds)
{
    public IReadOnlyList<ExamPoint> Exam { get; init; } = [];

    public static TrainingCurve Read(string path)
    {
        var train = new SortedDictionary<int, double>();
        var domain = new SortedDictionary<int, double>();
        var general = new SortedDictionary<int, double>();
        var exam = new SortedDictionary<int, ExamPoint>();
        long tokens = 0;
        double seconds = 0;
        foreach (var (number, text) in TextLines.Read(path))
        {
            var line = Parse(path, number, text);
            if (Number(line["step"]) is not { } step) continue;
            // A resumed run writes a step again; the last one counts.
            if (Number(line["loss"]) is { } loss) train[(int)step] = loss;
            if (Number(line["validation"]?["domain"]) is { } onDomain) domain[(int)step] = onDomain;
            if (Number(line["validation"]?["general"]) is { } onGeneral) general[(int)step] = onGeneral;
            if (Number(line["exam"]) is { } score) exam[(int)step] = new ExamPoint((int)step, score, line["change"]?["exam"]?.Deserialize<MergeChange>(JsonFiles.Options));
            tokens = Math.Max(tokens, (long)(Number(line["tokens"]) ?? 0));
            seconds = Math.Max(seconds, Number(line["seconds"]) ?? 0);
        }
        return new TrainingCurve(Points(train), Points(domain), Points(general), tokens, seconds) { Exam = [.. exam.Values] };
    }

    private static List<CurvePoint> Points(SortedDictionary<int, double> values) => [.. values.Select(v => new CurvePoint(v.Key, v.Value))];

    private static JsonNode Parse(string path, int number, string text)
    {
        try
        {
            return JsonNode.Parse(text) ?? throw new JsonException("null");
        }
        catch (JsonException fault)
        {
            throw new UserInputException($"{path}:{number}: the line is not JSON; expected one object per line. Run the training step again.", fault);
        }
    }

    private static double? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<double>(out var number) && double.IsFinite(number) ? number : null;
}
