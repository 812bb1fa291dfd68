using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Geobuk.Evaluation;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk compare</c>: paired differences of two models.</summary>
internal static class CompareCommand
{
    private static readonly JsonSerializerOptions s_form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static Command Create()
    {
        var first = ModelPath.Argument("MODEL_A");
        var second = ModelPath.Argument("MODEL_B");
        var text = new Option<string?>("--text") { Description = "Compare on this text: a text file, a .jsonl of documents, or a folder of them.", HelpName = "FILE" };
        var task = new Option<string?>("--task") { Description = "Compare on these questions: an exam file or NAME=PATH.", HelpName = "TASK" };
        var margin = new Option<double>("--margin") { Description = "The loss that would still be accepted: of the score, or of the perplexity as a share.", HelpName = "SHARE", DefaultValueFactory = _ => ModelComparison.UsualMargin };
        var limit = new Option<int?>("--limit") { Description = "Tokens or questions at most.", HelpName = "N" };
        var card = new Option<string?>("--card") { Description = "Add the result to this card, the .card.json that compress wrote beside MODEL_B.", HelpName = "FILE" };
        return Verb.Create("compare", "Compare two models on the same text or questions: KL divergence, same top token, flips.",
            "geobuk compare runs/quickstart/adapted runs/quickstart/light --text samples/general/replay.jsonl", [first, second, text, task, limit, margin, card], (arguments, output, cancellation) =>
            {
                var (a, b) = (ModelPath.Resolve(arguments.GetRequiredValue(first)), ModelPath.Resolve(arguments.GetRequiredValue(second)));
                var entries = arguments.GetValue(card) is { } path ? ReadCard(path) : null;
                ComparisonResult result;
                using (var display = output.Progress())
                {
                    var progress = display.Of("compare");
                    result = (arguments.GetValue(text), arguments.GetValue(task)) switch
                    {
                        ({ } file, null) => ModelComparison.OnText(a, b, file, arguments.GetValue(limit), progress, cancellation, arguments.GetValue(margin)),
                        (null, { } name) => ModelComparison.OnTask(a, b, name, arguments.GetValue(limit), progress, cancellation, arguments.GetValue(margin)),
                        _ => throw new UserInputException("--text and --task: expected exactly one of them. Name the text or the questions to compare on."),
                    };
                }
                if (entries is not null) AddToCard(arguments.GetValue(card)!, entries, (arguments.GetValue(text) ?? arguments.GetValue(task))!, a, result);
                output.Result(result, console => Show(console, result));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static JsonObject ReadCard(string path)
    {
        try
        {
            if (File.Exists(path) && JsonNode.Parse(File.ReadAllText(path)) is JsonObject card && card["tensors"] is JsonArray) return card;
        }
        catch (JsonException)
        {
        }
        throw new UserInputException($"--card: {path} is no card; expected the .card.json that geobuk compress wrote beside a model. Check the path.");
    }

    private static void AddToCard(string path, JsonObject card, string on, string original, ComparisonResult result)
    {
        var entry = JsonSerializer.SerializeToNode(result, s_form)!.AsObject();
        entry["on"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(on));
        entry["against"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(original));
        if (card["comparisons"] is not JsonArray comparisons) card["comparisons"] = comparisons = [];
        comparisons.Add(entry);
        AtomicFile.WriteText(path, card.ToJsonString(s_form) + "\n");
    }

    private static void Show(IAnsiConsole console, ComparisonResult result)
    {
        if (result.Kld is { } kld) console.WriteLine($"KL divergence of B against A: mean {kld.Mean:0.#####}, median {kld.Median:0.#####}, p99 {kld.P99:0.####}; same top token {kld.SameTop:P1}; {kld.Tokens:N0} tokens");
        if (result.PplA is { } before) console.WriteLine($"perplexity A {before:f3}, B {result.PplB:f3}");
        if (result.ScoreA is { } score) console.WriteLine($"score A {score.Score:P1} [{score.Low:P1}, {score.High:P1}], B {result.ScoreB!.Score:P1} [{result.ScoreB.Low:P1}, {result.ScoreB.High:P1}]");
        if (result.NonInferiority is { } verdict) console.WriteLine($"B is {verdict.Verdict} at a margin of {verdict.Margin:P1}: at worst {verdict.Worst:P2} lost");
        console.WriteLine($"right in A only {result.Flips.Lost}, right in B only {result.Flips.Gained}, McNemar p {result.Flips.P:0.####}");
    }
}
