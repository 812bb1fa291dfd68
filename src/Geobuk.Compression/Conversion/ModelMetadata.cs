using Geobuk.Compression.Calibration;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;

namespace Geobuk.Compression.Conversion;

/// <summary>The metadata of a model file: general, architecture, tokenizer; key names are llama.cpp's.</summary>
internal static class ModelMetadata
{
    private const string Tokenizer = "tokenizer.ggml.";

    // The end of a turn where it is not the end of the sequence; llama.cpp stops at both.
    private static readonly string[] s_turnEnds = ["<|im_end|>", "<|eot_id|>"];

    public static IEnumerable<KeyValuePair<string, GgufValue>> Of(ModelConfig config, Tokenizer? tokenizer, TypePlan types, ImportanceMatrix? importance, string name, int? pooling)
    {
        var entries = General(config, types, name).Concat(GgufConfigWriter.Keys(config));
        if (pooling is { } type) entries = entries.Append(($"{config.Family.Name}.pooling_type", GgufValue.Of((uint)type)));
        if (importance is not null) entries = entries.Concat(Statistics(importance));
        entries = entries.Concat(tokenizer is null ? Ids(config.BosTokenId, config.EosTokenIds.Cast<int?>().FirstOrDefault(), null, null) : Vocabulary(tokenizer, config)).Concat(Stops(config, tokenizer));
        return entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value));
    }

    private static IEnumerable<(string Key, GgufValue Value)> General(ModelConfig config, TypePlan types, string name)
    {
        yield return ("general.architecture", GgufValue.Of(config.Family.Name));
        yield return ("general.type", GgufValue.Of("model"));
        yield return ("general.name", GgufValue.Of(name));
        yield return ("general.file_type", GgufValue.Of((uint)types.FileType));
        if (types.IsQuantized) yield return ("general.quantization_version", GgufValue.Of(2u));
    }

    /// <summary>What llama.cpp's quantizer notes of an importance matrix.</summary>
    private static IEnumerable<(string Key, GgufValue Value)> Statistics(ImportanceMatrix importance)
    {
        yield return ("quantize.imatrix.dataset", GgufValue.Of(string.Join(", ", importance.Datasets)));
        yield return ("quantize.imatrix.entries_count", GgufValue.Of((uint)importance.Entries.Count));
        yield return ("quantize.imatrix.chunks_count", GgufValue.Of((uint)importance.Chunks));
    }

    private static IEnumerable<(string Key, GgufValue Value)> Ids(int? begin, int? end, int? padding, int? turnEnd)
    {
        (string Key, int? Id)[] ids = [("bos_token_id", begin), ("eos_token_id", end), ("padding_token_id", padding), ("eot_token_id", turnEnd)];
        foreach (var (key, id) in ids)
            if (id is { } known) yield return (Tokenizer + key, GgufValue.Of((uint)known));
    }

    /// <summary>All tokens that end a generation, where they are more than GGUF has names for: those of config.json, generation_config.json and the turns.</summary>
    private static IEnumerable<(string Key, GgufValue Value)> Stops(ModelConfig config, Tokenizer? tokenizer)
    {
        var stops = config.EosTokenIds.Concat(tokenizer?.StopTokenIds.Order().AsEnumerable() ?? []).Distinct().ToArray();
        if (stops.Length > 1) yield return (GgufConfigReader.StopsKey, GgufValue.ArrayOf(stops));
    }

    private static IEnumerable<(string Key, GgufValue Value)> Vocabulary(Tokenizer tokenizer, ModelConfig config)
    {
        var parts = tokenizer.ToParts(config.VocabularySize);
        yield return (Tokenizer + "model", GgufValue.Of("gpt2"));
        yield return (Tokenizer + "pre", GgufValue.Of(parts.PreTokenizer));
        yield return (Tokenizer + "tokens", GgufValue.ArrayOf(parts.Tokens.ToArray()));
        yield return (Tokenizer + "token_type", GgufValue.ArrayOf(parts.TokenTypes.ToArray()));
        yield return (Tokenizer + "merges", GgufValue.ArrayOf(parts.Merges.ToArray()));
        var end = parts.EosTokenId ?? (config.EosTokenIds.Count > 0 ? config.EosTokenIds[0] : null);
        var turnEnd = s_turnEnds.Select(tokenizer.TokenToId).FirstOrDefault(id => id is not null);
        foreach (var entry in Ids(parts.BosTokenId ?? config.BosTokenId, end, parts.PadTokenId, turnEnd == end ? null : turnEnd)) yield return entry;
        yield return (Tokenizer + "add_bos_token", GgufValue.Of(parts.AddBos));
        yield return (Tokenizer + "add_space_prefix", GgufValue.Of(false));
        // GGUF has no name for NFC before the split; without this key a reader could not give the same ids.
        if (parts.ComposeCanonically) yield return ("geobuk.tokenizer.compose_canonically", GgufValue.Of(true));
        if (parts.Description is { } description) yield return ("geobuk.tokenizer", GgufValue.Of(description));
        if (parts.ChatTemplate is { } template) yield return ("tokenizer.chat_template", GgufValue.Of(template));
    }
}
