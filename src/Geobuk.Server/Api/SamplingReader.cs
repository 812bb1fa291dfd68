using System.Globalization;
using System.Text.Json;
using Geobuk.Inference.Sampling;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>Turns what a client asks for into <see cref="SamplingParameters"/>, naming the field that is out of range.</summary>
internal static class SamplingReader
{
    private const int MostStops = 16;
    private const int LongestStop = 1000;
    private const int MostBiases = 1024;

    /// <summary>Most alternatives a client may ask for with each token.</summary>
    public const int MostLogProbs = 20;

    /// <summary>Most choices that a client may ask for, as at OpenAI.</summary>
    private const int MostChoices = 128;

    /// <summary>Reads the fields all endpoints share, which the length of the answer is not among.</summary>
    /// <param name="request">The request.</param>
    /// <param name="tools">What the answer may call; null where nothing.</param>
    /// <param name="model">Whose answer it is.</param>
    /// <param name="logProbs">Alternatives to report; null reports no probabilities.</param>
    /// <exception cref="ApiException">The first field that is out of range.</exception>
    public static SamplingParameters Read(GenerationRequest request, ToolRequest? tools, ServedModel model, int? logProbs)
    {
        Require(request.N is null or (>= 1 and <= MostChoices), "n", request.N, $"1 to {MostChoices}");
        Require(request.Temperature is null or (>= 0 and <= 2), "temperature", request.Temperature, "0 to 2; 0 is greedy");
        Require(request.TopP is null or (> 0 and <= 1), "top_p", request.TopP, "a number above 0 and at most 1");
        Require(request.TopK is null or >= -1, "top_k", request.TopK, "0 (off) or more");
        Require(request.MinP is null or (>= 0 and <= 1), "min_p", request.MinP, "0 to 1");
        Require(request.RepetitionPenalty is null or (> 0 and <= 10), "repetition_penalty", request.RepetitionPenalty, "a number above 0 and at most 10; 1 is neutral");
        Require(request.FrequencyPenalty is null or (>= -2 and <= 2), "frequency_penalty", request.FrequencyPenalty, "-2 to 2; 0 is neutral");
        Require(request.PresencePenalty is null or (>= -2 and <= 2), "presence_penalty", request.PresencePenalty, "-2 to 2; 0 is neutral");
        return new SamplingParameters
        {
            Temperature = (float)(request.Temperature ?? 1),
            TopP = (float)(request.TopP ?? 1),
            TopK = Math.Max(0, request.TopK ?? 0),
            MinP = (float)(request.MinP ?? 0),
            RepetitionPenalty = (float)(request.RepetitionPenalty ?? 1),
            FrequencyPenalty = (float)(request.FrequencyPenalty ?? 0),
            PresencePenalty = (float)(request.PresencePenalty ?? 0),
            LogitBias = Biases(request.LogitBias, model.Model.Config.VocabularySize),
            Seed = request.Seed,
            Stop = Stops(request.Stop),
            LogProbs = logProbs,
            Constraint = AnswerConstraint.Read(request, tools, model),
        };
    }

    /// <summary>The answer's length: what the client asks for, at most what the context has left.</summary>
    /// <param name="asked">max_tokens of the request.</param>
    /// <param name="field">Its name.</param>
    /// <param name="prompt">Name of the prompt in the request.</param>
    /// <param name="promptTokens">Its tokens.</param>
    /// <param name="context">Tokens of the context.</param>
    /// <param name="otherwise">The length when the client does not say; null takes all that is left.</param>
    /// <exception cref="ApiException">The length is not positive, or the prompt leaves no place for an answer.</exception>
    public static int MaxTokens(int? asked, string field, string prompt, int promptTokens, int context, int? otherwise)
    {
        Require(asked is null or >= 1, field, asked, "1 or more");
        var room = context - promptTokens;
        if (room < 1)
            throw ApiException.Invalid(prompt, $"The prompt has {promptTokens} tokens; this model's context is {context} tokens, and one must be left for the answer. Shorten the prompt.", "context_length_exceeded");
        return Math.Min(room, asked ?? otherwise ?? room);
    }

    /// <summary>Fails with the field's name and value unless <paramref name="valid"/>.</summary>
    public static void Require(bool valid, string field, object? found, string expected)
    {
        if (!valid) throw ApiException.Invalid(field, $"'{field}' is {found}; expected {expected}.", "invalid_value");
    }

    private static Dictionary<int, float> Biases(JsonElement? biases, int vocabulary)
    {
        var read = new Dictionary<int, float>();
        if (biases is not { ValueKind: not JsonValueKind.Null } given) return read;
        Require(given.ValueKind == JsonValueKind.Object, "logit_bias", RequestBody.Kind(given), "an object of token ids and numbers");
        foreach (var (name, value) in given.EnumerateObject().Select(entry => (entry.Name, entry.Value)))
        {
            Require(int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var token) && token < vocabulary, "logit_bias", $"of the token \"{name}\"", $"ids from 0 to {vocabulary - 1}");
            Require(value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var bias) && bias is >= -100 and <= 100, $"logit_bias.{name}", value.GetRawText(), "-100 to 100");
            read[token] = (float)value.GetDouble();
            Require(read.Count <= MostBiases, "logit_bias", "of more tokens", $"at most {MostBiases}");
        }
        return read;
    }

    private static string[] Stops(JsonElement? stop)
    {
        if (stop is not { ValueKind: not JsonValueKind.Null } given) return [];
        string[] texts = given.ValueKind == JsonValueKind.Array
            ? [.. given.EnumerateArray().Select((item, i) => RequestBody.Text(item, $"stop[{i}]"))]
            : [RequestBody.Text(given, "stop")];
        Require(texts.Length <= MostStops, "stop", $"{texts.Length} strings", $"at most {MostStops}");
        Require(texts.All(text => text.Length is > 0 and <= LongestStop), "stop", "an empty or very long string among others", $"strings of 1 to {LongestStop} characters");
        return texts;
    }
}
