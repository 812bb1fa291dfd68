using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models.Tokenization;

/// <summary>Tokenizers from and to the metadata of GGUF files.</summary>
internal static class GgufVocabulary
{
    private const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;
    private const string Place = "tokenizer.ggml";
    private const string Unnamed = "geobuk";

    // llama.cpp's names of one and the same split.
    private static readonly Dictionary<string, string> Rules = new()
    {
        ["gpt-2"] = Gpt2Splitter.Pattern,
        ["a.x-4.0"] = Gpt2Splitter.Pattern,
        ["phi-2"] = Gpt2Splitter.Pattern,
        ["mellum"] = Gpt2Splitter.Pattern,
        ["modern-bert"] = Gpt2Splitter.Pattern,
        ["llama-bpe"] = TiktokenSplitter.Llama3Pattern,
        ["llama-v3"] = TiktokenSplitter.Llama3Pattern,
        ["llama3"] = TiktokenSplitter.Llama3Pattern,
        ["qwen2"] = TiktokenSplitter.Qwen2Pattern,
        ["deepseek-r1-qwen"] = TiktokenSplitter.Qwen2Pattern,
    };

    public static TokenizerDefinition Read(TokenizerParts parts)
    {
        if (parts.Description is { } description) return Described(parts, description);
        if (!Rules.TryGetValue(parts.PreTokenizer, out var rule))
            throw new UserInputException($"{Place}.pre: is {parts.PreTokenizer}; expected one of {string.Join(", ", Rules.Keys)}. This pre-tokenizer is not supported.");
        return Common(parts) with
        {
            Splitter = PreTokenizerReader.FromPattern(rule, SplitBehavior.Isolated, invert: false, Place),
            IgnoreMerges = rule == TiktokenSplitter.Llama3Pattern,
        };
    }

    /// <summary>A tokenizer that llama.cpp has no name for, with its own description in the file.</summary>
    private static TokenizerDefinition Described(TokenizerParts parts, string description)
    {
        const string place = "geobuk.tokenizer";
        var root = JsonFile.ParseObject(Encoding.UTF8.GetBytes(description), place);
        var words = new PreTokenizerReader(place);
        var splitter = words.Read(root["pre_tokenizer"]);
        return Common(parts) with
        {
            Splitter = splitter,
            AddPrefixSpace = words.AddPrefixSpace,
            SpacedSplitter = words.SpacedSplitter,
            PreTokenizer = root["pre_tokenizer"]?.ToJsonString(),
            IgnoreMerges = root["ignore_merges"]?.GetValueKind() == JsonValueKind.True,
            AddedTokens = TokenizerJsonReader.AddedTokens(root["added_tokens"] as JsonArray, place, parts.Tokens.Count),
        };
    }

    private static TokenizerDefinition Common(TokenizerParts parts)
    {
        if (parts.TokenTypes.Count != parts.Tokens.Count || parts.Tokens.Count == 0)
            throw new UserInputException($"{Place}.token_type: has {parts.TokenTypes.Count} entries for {parts.Tokens.Count} tokens; expected one per token, and at least one. Convert the model again.");
        return new TokenizerDefinition
        {
            Place = Place,
            Tokens = [.. parts.Tokens.Select((token, id) => parts.TokenTypes[id] == Unused ? null : token)],
            Merges = [.. parts.Merges.Select(Merge)],
            AddedTokens = Added(parts),
            Splitter = new WholeText(),
            ComposeCanonically = parts.ComposeCanonically,
            Prefix = parts is { AddBos: true, BosTokenId: { } first } ? [first] : [],
            BosTokenId = Known(parts.BosTokenId, parts, "bos_token_id"),
            EosTokenId = Known(parts.EosTokenId, parts, "eos_token_id"),
            PadTokenId = Known(parts.PadTokenId, parts, "padding_token_id"),
            ChatTemplate = parts.ChatTemplate,
        };
    }

    public static TokenizerParts Write(TokenizerDefinition definition, int size)
    {
        var added = definition.AddedTokens.ToDictionary(token => token.Id);
        var tokens = Enumerable.Range(0, size).Select(id => id < definition.Tokens.Length ? definition.Tokens[id] : null).ToList();
        return new TokenizerParts
        {
            // llama.cpp writes ids without a token this way, too.
            Tokens = [.. tokens.Select((token, id) => token ?? $"[PAD{id}]")],
            TokenTypes = [.. tokens.Select((token, id) => token is null ? Unused : !added.TryGetValue(id, out var entry) ? Normal : entry.Special ? Control : UserDefined)],
            Merges = [.. definition.Merges.Select(merge => $"{merge.Left} {merge.Right}")],
            // A name that nobody knows: other programs refuse the file rather than split words otherwise.
            PreTokenizer = Name(definition) ?? Unnamed,
            Description = Describe(definition),
            BosTokenId = definition.BosTokenId,
            EosTokenId = definition.EosTokenId,
            PadTokenId = definition.PadTokenId,
            AddBos = definition.BosTokenId is { } bos && definition.Prefix is [var first, ..] && first == bos,
            ChatTemplate = definition.ChatTemplate,
            ComposeCanonically = definition.ComposeCanonically,
        };
    }

    /// <summary>llama.cpp's name of the tokenizer; null where it has none that means the same.</summary>
    private static string? Name(TokenizerDefinition definition)
    {
        var name = definition.AddPrefixSpace || definition.SpacedSplitter is not null ? null : Rules.FirstOrDefault(entry => entry.Value == definition.Splitter.Rule).Key;
        // In llama.cpp ignore_merges is part of llama-bpe, and of no other of these.
        return name is not null && definition.IgnoreMerges == (name == "llama-bpe") ? name : null;
    }

    /// <summary>What neither the name nor the types of the tokens say; null where that is nothing.</summary>
    private static string? Describe(TokenizerDefinition definition)
    {
        var plain = definition.AddedTokens.All(token => !token.SingleWord && !token.StripLeft && !token.StripRight && !(token.Normalized && definition.ComposeCanonically));
        if (Name(definition) is not null && plain) return null;
        return new JsonObject
        {
            ["pre_tokenizer"] = TokenizerWriter.PreTokenizer(definition),
            ["ignore_merges"] = definition.IgnoreMerges,
            ["added_tokens"] = new JsonArray([.. definition.AddedTokens.Select(TokenizerWriter.Added)]),
        }.ToJsonString();
    }

    private static List<AddedToken> Added(TokenizerParts parts)
    {
        var added = new List<AddedToken>();
        for (var id = 0; id < parts.Tokens.Count; id++)
            if (parts.TokenTypes[id] is Control or UserDefined && parts.Tokens[id].Length > 0)
                added.Add(new AddedToken(id, parts.Tokens[id], parts.TokenTypes[id] == Control));
        return added;
    }

    private static (string Left, string Right) Merge(string merge, int rank)
    {
        var space = merge.Length > 2 ? merge.IndexOf(' ', 1) : -1;
        if (space < 0 || space == merge.Length - 1)
            throw new UserInputException($"{Place}.merges[{rank}]: is \"{merge}\"; expected two tokens with a space between. Convert the model again.");
        return (merge[..space], merge[(space + 1)..]);
    }

    private static int? Known(int? id, TokenizerParts parts, string key) => id is null || (id >= 0 && id < parts.Tokens.Count)
        ? id
        : throw new UserInputException($"{Place}.{key}: is {id}; expected an id below {parts.Tokens.Count}. Convert the model again.");
}
