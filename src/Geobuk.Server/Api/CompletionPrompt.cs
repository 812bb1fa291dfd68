using System.Text.Json;
using Geobuk.Models.Tokenization;

namespace Geobuk.Server.Api;

/// <summary>A prompt of a text completion, as tokens and as the text that echo gives back.</summary>
internal sealed record CompletionPrompt(int[] Tokens, string Text)
{
    /// <summary>Most prompts of one request.</summary>
    private const int Most = 1024;

    /// <summary>Reads a string, an array of token ids, or an array of either.</summary>
    /// <exception cref="ApiException">Missing, empty, or ids the model does not have.</exception>
    public static IReadOnlyList<CompletionPrompt> ReadAll(JsonElement? prompt, Tokenizer tokenizer)
    {
        if (prompt is not { ValueKind: not JsonValueKind.Null } given)
            throw ApiException.Invalid("prompt", "'prompt' is missing; expected a string.", "invalid_value");
        var several = given.ValueKind == JsonValueKind.Array && given.GetArrayLength() > 0 && given[0].ValueKind is JsonValueKind.String or JsonValueKind.Array;
        if (!several) return [Read(given, "prompt", tokenizer)];
        SamplingReader.Require(given.GetArrayLength() <= Most, "prompt", $"{given.GetArrayLength()} prompts", $"at most {Most}");
        return [.. given.EnumerateArray().Select((one, i) => Read(one, $"prompt[{i}]", tokenizer))];
    }

    private static CompletionPrompt Read(JsonElement given, string place, Tokenizer tokenizer)
    {
        var read = given.ValueKind == JsonValueKind.Array ? FromIds(given, place, tokenizer) : FromText(RequestBody.Text(given, place), tokenizer);
        return read.Tokens.Length > 0 ? read : throw ApiException.Invalid(place, $"'{place}' is empty; expected some text to go on from.", "invalid_value");
    }

    private static CompletionPrompt FromText(string text, Tokenizer tokenizer) =>
        new(tokenizer.Encode(text, addSpecialTokens: true), text);

    private static CompletionPrompt FromIds(JsonElement array, string place, Tokenizer tokenizer)
    {
        var tokens = array.EnumerateArray().Select((item, i) => Id(item, $"{place}[{i}]", tokenizer.VocabularySize)).ToArray();
        return new CompletionPrompt(tokens, tokenizer.Decode(tokens, skipSpecialTokens: true));
    }

    private static int Id(JsonElement item, string place, int vocabulary)
    {
        if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0 && id < vocabulary) return id;
        throw ApiException.Invalid(place, $"'{place}' is not a token id; expected a whole number from 0 to {vocabulary - 1}.", "invalid_value");
    }
}
