using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models.Tokenization;
using Geobuk.Tests;

namespace Geobuk.Models.Tests.Tokenization;

/// <summary>
/// Every form of pre-tokenizer, added tokens, normalizer, merges and post-processor against Hugging Face's own library, id for id:
/// the cases of tests/oracle/tokenizers.json on texts that break tokenizers.
/// </summary>
public class HuggingFaceTokenizerTests
{
    private static readonly string s_oracle = Environment.GetEnvironmentVariable("GEOBUK_ORACLE") ?? TestPaths.Repository("tests", "oracle");

    [SkippableFact]
    public void Encode_EveryForm_GivesTheLibrarysIds()
    {
        var present = Directory.Exists(Path.Combine(s_oracle, "node_modules", "@anush008", "tokenizers"));
        Assert.True(present || Environment.GetEnvironmentVariable("CI") != "true", $"CI needs Node.js and the packages of {s_oracle}: run npm install --ignore-scripts there");
        Skip.IfNot(present, $"Hugging Face's tokenizers are not here: run npm install --ignore-scripts in {s_oracle}");
        var file = TestPaths.Repository("tests", "oracle", "tokenizers.json");
        var wanted = JsonSerializer.Deserialize<int[][][]>(Run(TestPaths.Repository("tests", "oracle", "tokenize.mjs"), file))!;
        var set = JsonNode.Parse(File.ReadAllText(file))!;
        var texts = set["texts"]!.AsArray().Select(text => (string)text!).ToArray();
        var differences = new List<string>();
        for (var i = 0; i < wanted.Length; i++)
        {
            var tokenizer = SampleTokenizer.FromJson(Variant(set["base"]!, set["cases"]![i]!));
            for (var j = 0; j < texts.Length; j++)
            {
                var got = tokenizer.Encode(texts[j], addSpecialTokens: true);
                if (!got.SequenceEqual(wanted[i][j]))
                    differences.Add($"case {i} {set["cases"]![i]!["pre_tokenizer"]!.ToJsonString()}: {JsonSerializer.Serialize(texts[j])} gave {Pieces(tokenizer, got)}, wanted {Pieces(tokenizer, wanted[i][j])}");
            }
        }
        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences.GroupBy(line => line[..line.IndexOf('{')]).Select(group => group.First()).Take(40))}");
    }

    /// <summary>What a folder of ours holds means the same when it is read again, whatever the form.</summary>
    [Fact]
    public void Save_EveryForm_ReadsTheSame()
    {
        var set = JsonNode.Parse(File.ReadAllText(TestPaths.Repository("tests", "oracle", "tokenizers.json")))!;
        var texts = set["texts"]!.AsArray().Select(text => (string)text!).ToArray();
        foreach (var one in set["cases"]!.AsArray())
        {
            var tokenizer = SampleTokenizer.FromJson(Variant(set["base"]!, one!));
            var folder = SampleTokenizer.NewFolder();
            tokenizer.Save(folder);
            var again = Tokenizer.Load(folder);
            Directory.Delete(folder, true);
            Assert.Equal(tokenizer.Digest, again.Digest);
            Assert.All(texts, text => Assert.Equal(tokenizer.Encode(text), again.Encode(text)));
            var fromParts = Tokenizer.FromParts(tokenizer.ToParts());
            Assert.All(texts, text => Assert.Equal(tokenizer.Encode(text), fromParts.Encode(text)));
        }
    }

    private static JsonObject Variant(JsonNode common, JsonNode change)
    {
        var root = common.DeepClone().AsObject();
        foreach (var key in new[] { "pre_tokenizer", "added_tokens", "normalizer", "post_processor" }) root[key] = change[key]?.DeepClone();
        var model = root["model"]!.AsObject();
        foreach (var key in new[] { "ignore_merges", "byte_fallback" }) model[key] = change[key]!.DeepClone();
        if ((bool)change["old_merges"]!)
            model["merges"] = new JsonArray([.. model["merges"]!.AsArray().Select(pair => (JsonNode)$"{pair![0]} {pair[1]}")]);
        return root;
    }

    private static string Pieces(Tokenizer tokenizer, int[] ids) => string.Join('|', ids.Select(tokenizer.IdToToken));

    private static string Run(string script, string cases)
    {
        var start = new ProcessStartInfo("node", [script, cases]) { WorkingDirectory = s_oracle, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(errors.Result);
    }
}
