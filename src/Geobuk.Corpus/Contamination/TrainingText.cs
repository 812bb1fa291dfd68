using System.Text.Json;
using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Corpus.Contamination;

/// <summary>What a model is trained on, as text, one document after another: the shards of a corpus decoded, and files of examples.</summary>
public static class TrainingText
{
    private static readonly string[] Sets = ["train.domain", "train.general"];

    /// <summary>The training documents of a corpus folder, by their ids.</summary>
    /// <exception cref="UserInputException">Shards that are missing, damaged or of another tokenizer.</exception>
    public static IEnumerable<(string Name, string Text)> OfCorpus(string folder, Tokenizer tokenizer)
    {
        var names = CorpusRow.Read(folder).Where(row => row.Set is not null).ToDictionary(row => (row.Set!, row.Place!.Value), row => row.Id);
        foreach (var set in Sets)
        {
            var path = Path.Combine(folder, set + ".bin");
            using var shard = ShardReader.Open(path);
            if (shard.TokenizerDigest != tokenizer.Digest)
                throw new UserInputException($"{path}: made with the tokenizer {shard.TokenizerDigest[..12]}, not {tokenizer.Digest[..12]}; expected the same one. Name the model that the corpus was built for.");
            for (var i = 0; i < shard.DocumentCount; i++)
                yield return (names.GetValueOrDefault((set, i)) ?? $"{set}#{i}", tokenizer.Decode(shard.Document(i)));
        }
    }

    /// <summary>The texts of training examples in JSON lines: every string of a line, however deep.</summary>
    public static IEnumerable<(string Name, string Text)> OfExamples(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            using var json = JsonDocument.Parse(line);
            yield return ($"{Path.GetFileName(path)}:{number}", string.Join('\n', Strings(json.RootElement)));
        }
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Strings(property.Value)),
        _ => [],
    };
}
