using System.Text.Json.Nodes;

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
        ["seconds"] = data.Seconds,
        ["recipe_hash"] = data.Inputs.RecipeHash,
        ["lineage"] = new JsonArray([.. data.Inputs.Artifacts.Select(Artifact)]),
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
            ? new JsonObject { ["n"] = exam.N, ["score"] = exam.Score, ["low"] = exam.Low, ["high"] = exam.High }
            : null,
        ["load_seconds"] = model.LoadSeconds,
        ["prefill_tps"] = model.PrefillTps,
        ["decode_tps"] = model.DecodeTps,
    };

    private static JsonObject Artifact(ArtifactSummary artifact) => new()
    {
        ["id"] = artifact.Id,
        ["step"] = artifact.Step,
        ["hash"] = artifact.Hash,
        ["seconds"] = artifact.Seconds,
        ["parents"] = new JsonArray([.. artifact.Parents.Select(parent => (JsonNode)parent)]),
    };
}
