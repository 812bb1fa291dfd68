using System.CommandLine;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Tokenization;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk tokenize</c>: token ids and pieces of a text.</summary>
internal static class TokenizeCommand
{
    public static Command Create()
    {
        var model = ModelPath.Argument();
        var text = new Option<string?>("--text") { Description = "The text.", HelpName = "S" };
        var file = new Option<string?>("--file") { Description = "A UTF-8 file with the text.", HelpName = "F" };
        return Verb.Create("tokenize", "Show the token ids and pieces of a text.",
            "geobuk tokenize samples/ax-pico --text \"휴가는 며칠 전까지 신청하는가?\"", [model, text, file], (arguments, output, _) =>
            {
                var ids = Load(arguments.GetRequiredValue(model), out var tokenizer).Encode(TextOption.Read(arguments.GetValue(text), arguments.GetValue(file)));
                var pieces = ids.Select(id => tokenizer.Decode([id], skipSpecialTokens: false)).ToList();
                output.Result(new { Ids = ids, Pieces = pieces }, console =>
                {
                    foreach (var (id, piece) in ids.Zip(pieces)) console.WriteLine($"{id,7}  {piece.ReplaceLineEndings("\\n")}");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Tokenizer Load(string model, out Tokenizer tokenizer)
    {
        var path = ModelPath.Resolve(model);
        if (Directory.Exists(path)) return tokenizer = Tokenizer.Load(path);
        using var loaded = InferenceModel.Load(path);
        return tokenizer = loaded.Tokenizer;
    }
}
