using System.Text.Json.Nodes;
using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Reports;

/// <summary>report.json: the fields that scripts read. Scores are fractions, times seconds, sizes bytes.</summary>
internal static class JsonReport
{
    public static JsonObject Build(ReportData data) => new()
    {
        ["format"] = 1,
        ["run"] = data.Inputs.RunName,
        ["models"] = new JsonArray([.. (data.Evaluation?.Models ?? []).Select(Model)]),
        ["kld"] = data.Evaluation?.Kld is { } kld
            ? new JsonObject { ["mean"] = kld.Mean, ["median"] = kld.Median, ["p99"] = kld.P99, ["same_top"] = kld.SameTop, ["tokens"] = kld.Tokens }
            : null,
        ["training_exam"] = new JsonArray([.. (data.Curve?.Exam ?? []).Select(point => new JsonObject { ["step"] = point.Step, ["score"] = point.Score, ["change"] = point.Change is { } change ? Change(change) : null })]),
        ["merge"] = data.Merge is { } sweep ? Merge(sweep) : null,
        ["seconds"] = data.Seconds,
        ["recipe_hash"] = data.Inputs.RecipeHash,
        ["lineage"] = new JsonArray([.. data.Inputs.Artifacts.Select(Artifact)]),
        ["obligations"] = new JsonArray([.. (data.Corpus?.Obligations ?? []).Select(obligation => (JsonNode)obligation)]),
        ["headline"] = HeadlineText.Of(data),
    };

    private static JsonObject Model(ModelResult model) => new()
    {
        ["name"] = model.Name,
        ["bytes"] = model.Bytes,
        ["parameters"] = model.Parameters,
        ["domain_perplexity"] = model.DomainPerplexity,
        ["general_perplexity"] = model.GeneralPerplexity,
        ["bits_per_byte"] = model.BitsPerByte,
        ["exam"] = model.Exam is { } exam
            ? new JsonObject { ["n"] = exam.N, ["score"] = exam.Score, ["low"] = exam.Low, ["high"] = exam.High, ["clean"] = Part(exam.Clean), ["dirty"] = Part(exam.Dirty) }
            : null,
        ["load_seconds"] = model.LoadSeconds,
        ["prefill_tps"] = model.PrefillTps,
        ["decode_tps"] = model.DecodeTps,
    };

    /// <summary>Mixtures of base (alpha 0) and trained weights (alpha 1); losses in nats per token, changes against the base with 95 % intervals.</summary>
    private static JsonObject Merge(MergeSweep sweep) => new()
    {
        ["bands"] = new JsonArray([.. sweep.Bands.Select(band => (JsonNode)band)]),
        ["limit"] = sweep.Limit,
        ["confidence"] = sweep.Confidence,
        ["points"] = new JsonArray([.. sweep.Points.Select(point => new JsonObject
        {
            ["alphas"] = new JsonArray([.. point.Alphas.Select(alpha => (JsonNode)alpha)]),
            ["domain"] = point.Domain,
            ["general"] = point.General,
            ["exam"] = point.Exam,
            ["changes"] = Changes(point.Changes),
            ["held"] = point.Held,
            ["pareto"] = point.Pareto,
            ["chosen"] = point.Chosen,
        })]),
    };

    private static JsonObject Changes(IReadOnlyDictionary<string, MergeChange> changes) => new(changes.Select(change =>
        KeyValuePair.Create(change.Key, (JsonNode?)Change(change.Value))));

    private static JsonObject Change(MergeChange change) => new() { ["change"] = change.Change, ["low"] = change.Low, ["high"] = change.High, ["documents"] = change.Documents };

    private static JsonObject? Part(ScoreInterval? part) =>
        part is null ? null : new JsonObject { ["n"] = part.N, ["score"] = part.Score, ["low"] = part.Low, ["high"] = part.High };

    private static JsonObject Artifact(ArtifactSummary artifact) => new()
    {
        ["id"] = artifact.Id,
        ["step"] = artifact.Step,
        ["hash"] = artifact.Hash,
        ["seconds"] = artifact.Seconds,
        ["parents"] = new JsonArray([.. artifact.Parents.Select(parent => (JsonNode)parent)]),
    };
}
