using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models.Tokenization;

/// <summary>Reads a tokenizer.json of byte-level BPE and refuses, by name, whatever it could not do exactly.</summary>
internal sealed class TokenizerJsonReader(JsonObject root, string place)
{
    // Far above any vocabulary.
    private const int MostTokens = 1 << 22;
    // Ids are dense but for a few reserved ones; one wrong id must not cost an array of millions.
    private const int MostHoles = 1 << 16;

    public TokenizerDefinition Read()
    {
        var model = root["model"] as JsonObject ?? throw Problem("model", root["model"], "an object of type BPE");
        if (model["type"] is { } type && type.AsText() != "BPE") throw Problem("model.type", model["type"], "BPE");
        RefuseModelOptions(model);
        var added = AddedTokens();
        var tokens = Tokens(model, added);
        var words = new PreTokenizerReader(place);
        var splitter = words.Read(root["pre_tokenizer"]);
        RefuseOtherDecoder();
        var (prefix, suffix) = PostProcessor(root["post_processor"], tokens.Length);
        return new TokenizerDefinition
        {
            Place = place,
            Tokens = tokens,
            Merges = Merges(model),
            AddedTokens = added,
            Splitter = splitter,
            AddPrefixSpace = words.AddPrefixSpace,
            SpacedSplitter = words.SpacedSplitter,
            PreTokenizer = root["pre_tokenizer"]?.ToJsonString(),
            ComposeCanonically = Normalizer(root["normalizer"]),
            IgnoreMerges = Flag(model, "ignore_merges"),
            UnknownId = model["unk_token"].AsText() is { } unknown ? Array.IndexOf(tokens, unknown) is >= 0 and var id ? id : null : null,
            Prefix = prefix,
            Suffix = suffix,
        };
    }

    private void RefuseModelOptions(JsonObject model)
    {
        if (model["dropout"] is JsonValue dropout && dropout.TryGetValue<double>(out var share) && share > 0) throw Problem("model.dropout", dropout, "null: merges without chance");
        foreach (var key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model[key] is { } affix && affix.AsText() != "") throw Problem($"model.{key}", model[key], "null, as byte-level BPE has it");
        // Where every byte has its token, the fallback never comes to pass.
        if (Flag(model, "byte_fallback") && model["vocab"] is JsonObject vocabulary && !Enumerable.Range(0, 256).All(value => vocabulary.ContainsKey(ByteAlphabet.ToCharacter((byte)value).ToString())))
            throw Problem("model.byte_fallback", model["byte_fallback"], "false, or a token for every byte; then byte-level BPE needs no fallback");
    }

    private List<AddedToken> AddedTokens() => AddedTokens(root["added_tokens"] as JsonArray, place, MostTokens);

    /// <summary>Entries of added_tokens with ids below <paramref name="most"/>.</summary>
    internal static List<AddedToken> AddedTokens(JsonArray? entries, string place, int most)
    {
        var tokens = new List<AddedToken>();
        foreach (var node in entries ?? [])
        {
            if (node is not JsonObject token || token["id"] is not JsonValue value || !value.TryGetValue<int>(out var id) || id < 0 || id >= most
                || token["content"].AsText() is not { Length: > 0 } content)
                throw new TokenizerJsonReader([], place).Problem("an entry of added_tokens", node, $"an object with id (0 to {most - 1}) and content");
            tokens.Add(new AddedToken(id, content, Flag(token, "special"), Flag(token, "single_word"), Flag(token, "lstrip"), Flag(token, "rstrip"), Flag(token, "normalized")));
        }
        if (tokens.GroupBy(token => token.Id).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UserInputException($"{place}: added_tokens has id {twice.Key} twice; expected each id once. Fetch the file again.");
        return tokens;
    }

    private string?[] Tokens(JsonObject model, List<AddedToken> added)
    {
        var vocabulary = model["vocab"] as JsonObject ?? throw Problem("model.vocab", model["vocab"], "an object from token to id");
        var ids = new List<(string Token, int Id)>(vocabulary.Count + added.Count);
        foreach (var (token, node) in vocabulary)
            ids.Add((token, node is JsonValue value && value.TryGetValue<int>(out var id) && id is >= 0 and < MostTokens ? id : throw Problem($"model.vocab[\"{token}\"]", node, $"an id from 0 to {MostTokens - 1}")));
        ids.AddRange(added.Select(token => (token.Content, token.Id)));
        if (ids.Count == 0) throw Problem("model.vocab", vocabulary, "at least one token");
        var largest = ids.MaxBy(entry => entry.Id);
        if (largest.Id >= 2L * ids.Count + MostHoles)
            throw new UserInputException($"{place}: {largest.Token} has id {largest.Id} in a vocabulary of {ids.Count} tokens; expected ids without such holes. Fetch the file again.");
        var tokens = new string?[largest.Id + 1];
        foreach (var (token, id) in ids)
        {
            if (tokens[id] is { } other && other != token)
                throw new UserInputException($"{place}: id {id} belongs to both {other} and {token}; expected one token per id. Fetch the file again.");
            tokens[id] = token;
        }
        return tokens;
    }

    private List<(string Left, string Right)> Merges(JsonObject model)
    {
        var array = model["merges"] as JsonArray ?? throw Problem("model.merges", model["merges"], "a list of pairs");
        var merges = new List<(string, string)>(array.Count);
        foreach (var node in array) merges.Add(Merge(node, merges.Count));
        return merges;
    }

    // Old files write "a b", new ones ["a", "b"].
    private (string Left, string Right) Merge(JsonNode? node, int rank)
    {
        if (node is JsonArray { Count: 2 } pair && pair[0].AsText() is { } left && pair[1].AsText() is { } right) return (left, right);
        if (node.AsText() is { } text && text.Split(' ') is [{ Length: > 0 } first, { Length: > 0 } second]) return (first, second);
        throw Problem($"model.merges[{rank}]", node, "two tokens");
    }

    private bool Normalizer(JsonNode? node)
    {
        if (node is null) return false;
        var type = node.Member("type").AsText();
        if (type == "NFC") return true;
        if (type != "Sequence") throw Problem("normalizer", node, "null, NFC or a Sequence of NFC");
        var composes = false;
        foreach (var part in node["normalizers"] as JsonArray ?? []) composes |= Normalizer(part);
        return composes;
    }

    private void RefuseOtherDecoder()
    {
        if (root["decoder"] is not { } decoder) return;
        IEnumerable<JsonNode?> parts = decoder.Member("type").AsText() == "Sequence" ? decoder["decoders"] as JsonArray ?? [] : new[] { decoder };
        foreach (var part in parts)
            if (part.Member("type").AsText() != "ByteLevel") throw Problem("decoder", decoder, "ByteLevel");
    }

    private (IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix) PostProcessor(JsonNode? node, int size)
    {
        switch (node.Member("type").AsText())
        {
            // ByteLevel as a post-processor moves offsets only.
            case null when node is null:
            case "ByteLevel":
                return ([], []);
            case "TemplateProcessing":
                return Template(node!, size);
            case "Sequence":
                var (prefix, suffix) = (new List<int>(), new List<int>());
                foreach (var part in node!["processors"] as JsonArray ?? [])
                {
                    var (before, after) = PostProcessor(part, size);
                    prefix.InsertRange(0, before);
                    suffix.AddRange(after);
                }
                return (prefix, suffix);
            default:
                throw Problem("post_processor", node, "null, ByteLevel, TemplateProcessing or a Sequence of these");
        }
    }

    private (IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix) Template(JsonNode node, int size)
    {
        var (prefix, suffix, seen) = (new List<int>(), new List<int>(), false);
        foreach (var piece in node["single"] as JsonArray ?? [])
        {
            if (piece.Member("Sequence") is not null)
                seen = true;
            else if (piece.Member("SpecialToken").Member("id").AsText() is { } name && node["special_tokens"].Member(name).Member("ids") is JsonArray ids)
                (seen ? suffix : prefix).AddRange(ids.Select(id => id is JsonValue value && value.TryGetValue<int>(out var number) && number >= 0 && number < size
                    ? number : throw Problem($"post_processor.special_tokens[\"{name}\"].ids", ids, "ids of the vocabulary")));
            else
                throw Problem("post_processor.single", piece, "a Sequence or a SpecialToken that special_tokens explains");
        }
        return (prefix, suffix);
    }

    private static bool Flag(JsonObject from, string key) => from[key]?.GetValueKind() == JsonValueKind.True;

    private UserInputException Problem(string key, JsonNode? found, string expected) =>
        new($"{place}: {key} is {JsonFile.Quote(found, "missing")}; expected {expected}. Use a model with a byte-level BPE tokenizer, or fetch the file again.");
}
