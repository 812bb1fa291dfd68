using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Geobuk.Inference;
using Geobuk.Inference.Sampling;
using Geobuk.Models.Checkpoints;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary>
/// <c>geobuk replay</c>: general text for corpus.general where a model's own training data is not to be had: texts drawn from the
/// model itself at temperature 1. On such text the model's expected loss is its own entropy, so what an adapted model loses there
/// estimates its divergence from the base (Sun et al. 2020, arXiv:1909.03329, use such text as replay).
/// </summary>
internal static class ReplayCommand
{
    private static readonly string[] s_openings = ["제1조(목적) 이 법은", "제2조(정의) 이 영에서", "제3조(적용범위)", "제5조(위원회의 구성)", "제7조(신청)", "제10조(보고)", "제12조(비용의 지급)", "부칙", "① 장관은", "② 제1항에 따른"];

    public static Command Create()
    {
        var model = ModelPath.Argument();
        var target = new Option<string>("--out") { Description = "The JSON lines file to write.", HelpName = "FILE", Required = true };
        var documents = new Option<int>("--documents") { Description = "Number of texts.", DefaultValueFactory = _ => 200 };
        var length = new Option<int>("--max-tokens") { Description = "Tokens at most in a text.", DefaultValueFactory = _ => 240 };
        var seed = new Option<long>("--seed") { Description = "Seed of the draws.", DefaultValueFactory = _ => 17 };
        var openings = new Option<string[]>("--opening") { Description = "How texts begin, taken in turn; give the option once per opening.", DefaultValueFactory = _ => s_openings };
        return Verb.Create("replay", "Draw general text from a model itself, for replay and for the measure of forgetting.",
            "geobuk replay samples/ax-pico --out samples/general/replay.jsonl --documents 200", [model, target, documents, length, seed, openings], (arguments, output, cancellation) =>
            {
                using var loaded = InferenceModel.Load(ModelPath.Resolve(arguments.GetRequiredValue(model)));
                using var engine = new Engine(loaded);
                var lines = new StringBuilder();
                var starts = arguments.GetRequiredValue(openings);
                for (var i = 0; i < arguments.GetValue(documents); i++)
                {
                    var text = Draw(engine, starts[i % starts.Length], arguments.GetValue(length), unchecked(arguments.GetValue(seed) * 1_000_003 + i), cancellation);
                    lines.Append(JsonSerializer.Serialize(new { id = $"{i:D4}", text }, s_json)).Append('\n');
                    if (i % 20 == 0) output.Remark($"{i} of {arguments.GetValue(documents)} texts");
                }
                var path = arguments.GetRequiredValue(target);
                if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
                AtomicFile.WriteText(path, lines.ToString());
                output.Result(new { File = path, Documents = arguments.GetValue(documents) }, console => console.WriteLine(path));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Draw(Engine engine, string opening, int length, long seed, CancellationToken cancellation)
    {
        var parameters = new SamplingParameters { MaxTokens = length, Temperature = 1, Seed = seed };
        var tokens = engine.Generate(engine.Model.Tokenizer.Encode(opening), parameters, cancellation);
        return opening + string.Concat(tokens.Select(token => token.Text));
    }
}
