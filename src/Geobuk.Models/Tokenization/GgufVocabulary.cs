namespace Geobuk.Models.Tokenization;

/// <summary>Tokenizers from and to the metadata of GGUF files.</summary>
internal static class GgufVocabulary
{
    private const int Normal = 1, Control = 3, UserDefined = 4, Unused = 5;
    private const string Place = "tokenizer.ggml";

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
        if (!Rules.TryGetValue(parts.PreTokenizer, out var rule))
            throw new UserInputException($"{Place}.pre: is {parts.PreTokenizer}; expected one of {string.Join(", ", Rules.Keys)}. This pre-tokenizer is not supported.");
        if (parts.TokenTypes.Count != parts.Tokens.Count || parts.Tokens.Count == 0)
            throw new UserInputException($"{Place}.token_type: has {parts.TokenTypes.Count} entries for {parts.Tokens.Count} tokens; expected one per token, and at least one. Convert the model again.");
        var splitter = PreTokenizerReader.FromPattern(rule, keepMatches: true, keepGaps: true, Place);
        return new TokenizerDefinition
        {
            Place = Place,
            Tokens = [.. parts.Tokens.Select((token, id) => parts.TokenTypes[id] == Unused ? null : token)],
            Merges = [.. parts.Merges.Select(Merge)],
            AddedTokens = Added(parts),
            Splitter = splitter,
            ComposeCanonically = parts.ComposeCanonically,
            IgnoreMerges = rule == TiktokenSplitter.Llama3Pattern,
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
            PreTokenizer = Name(definition),
            BosTokenId = definition.BosTokenId,
            EosTokenId = definition.EosTokenId,
            PadTokenId = definition.PadTokenId,
            AddBos = definition.BosTokenId is { } bos && definition.Prefix is [var first, ..] && first == bos,
            ChatTemplate = definition.ChatTemplate,
            ComposeCanonically = definition.ComposeCanonically,
        };
    }

    private static string Name(TokenizerDefinition definition)
    {
        var name = definition.AddPrefixSpace ? null : Rules.FirstOrDefault(entry => entry.Value == definition.Splitter.Rule).Key;
        // In llama.cpp ignore_merges is part of llama-bpe, and of no other of these.
        var exact = name is not null && definition.IgnoreMerges == (name == "llama-bpe");
        return exact ? name! : throw new UserInputException($"{definition.Place}: splits words by {definition.Splitter.Rule} (ignore_merges {definition.IgnoreMerges}, add_prefix_space {definition.AddPrefixSpace}); expected a form that GGUF has a name for: gpt-2, llama-bpe or qwen2. Keep this model in Hugging Face form.");
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
