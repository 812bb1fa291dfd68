using System.Text.Json;
using Geobuk.Models.Tokenization;

namespace Geobuk.Server.Api;

/// <summary>The prompt of a text completion, as tokens and as the text that echo gives back.</summary>
internal sealed record CompletionPrompt(int[] Tokens, string Text)
{
    /// <summary>Reads a string, an array with one string, or an array of token ids.</summary>
    /// <exception cref="ApiException">Missing, empty, several prompts at once, or ids the model does not have.</exception>
    public static CompletionPrompt Read(JsonElement? prompt, Tokenizer tokenizer)
    {
        if (prompt is not { ValueKind: not JsonValueKind.Null } given)
            throw ApiException.Invalid("prompt", "'prompt' is missing; expected a string.", "invalid_value");
        var read = given.ValueKind == JsonValueKind.Array ? FromArray(given, tokenizer) : FromText(RequestBody.Text(given, "prompt"), tokenizer);
        return read.Tokens.Length > 0 ? read : throw ApiException.Invalid("prompt", "'prompt' is empty; expected some text to go on from.", "invalid_value");
    }

    private static CompletionPrompt FromText(string text, Tokenizer tokenizer) =>
        new(tokenizer.Encode(text, addSpecialTokens: true), text);

    private static CompletionPrompt FromArray(JsonElement array, Tokenizer tokenizer)
    {
        var length = array.GetArrayLength();
        if (length == 1 && array[0].ValueKind is JsonValueKind.String) return FromText(RequestBody.Text(array[0], "prompt[0]"), tokenizer);
        if (length == 1 && array[0].ValueKind is JsonValueKind.Array) return FromArray(array[0], tokenizer);
        if (length > 1 && array[0].ValueKind is JsonValueKind.String or JsonValueKind.Array)
            throw ApiException.Unsupported("prompt", $"'prompt' holds {length} prompts; one per request is what this server takes. Send them one by one.");
        var tokens = array.EnumerateArray().Select((item, i) => Id(item, i, tokenizer.VocabularySize)).ToArray();
        return new CompletionPrompt(tokens, tokenizer.Decode(tokens, skipSpecialTokens: false));
    }

    private static int Id(JsonElement item, int index, int vocabulary)
    {
        if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0 && id < vocabulary) return id;
        throw ApiException.Invalid($"prompt[{index}]", $"'prompt[{index}]' is not a token id; expected a whole number from 0 to {vocabulary - 1}.", "invalid_value");
    }
}
