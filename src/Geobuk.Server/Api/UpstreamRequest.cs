using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Geobuk.Server.Api;

/// <summary>A request as the upstream gets it, with what it is predicted to cost.</summary>
/// <param name="Body">The JSON to send.</param>
/// <param name="PromptCost">A token for three bytes of the request.</param>
/// <param name="AnswerCost">The longest answers that it allows, together; 0 where it names no length.</param>
/// <param name="HidesUsage">The stream was asked for its usage, which the client did not ask for.</param>
internal sealed record UpstreamRequest(byte[] Body, int PromptCost, int AnswerCost, bool HidesUsage)
{
    private const string Options = "stream_options", Include = "include_usage", Unnamed = "default";
    private const int MostAnswers = 1024, MostCost = 1 << 28;
    private static readonly string[] s_limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

    /// <summary>What is asked for, in the words of OpenTelemetry; null where no model computes it.</summary>
    public string? Operation { get; private init; }

    /// <summary>The answer is generated; else texts are only read.</summary>
    public bool IsGeneration => Operation is "chat" or "text_completion";

    /// <summary>The model's name as asked for; a server of one model may be asked without.</summary>
    public string Model { get; private init; } = Unnamed;

    /// <summary>The client wants the answer as a stream of events.</summary>
    public bool IsStream { get; private init; }

    /// <summary>The longest answer that it allows; 0 where it names none.</summary>
    public int MaxTokens { get; private init; }

    /// <summary>Answers asked for of each prompt.</summary>
    public int Answers { get; private init; } = 1;

    /// <summary>The fields, for as long as the document lives that they come from.</summary>
    public JsonElement Fields { get; private init; }

    /// <summary>Reads a request; a stream of completions is made to say at its end what it used, or nobody could count it.</summary>
    /// <param name="fields">A JSON object.</param>
    /// <param name="path">Where it goes.</param>
    public static UpstreamRequest Read(JsonElement fields, string path)
    {
        var body = JsonMarshal.GetRawUtf8Value(fields).ToArray();
        var operation = OperationOf(path);
        var isStream = operation is "chat" or "text_completion" && Is(fields, "stream");
        var hides = isStream && path.EndsWith("/completions", StringComparison.Ordinal) && !(fields.TryGetProperty(Options, out var options) && Is(options, Include));
        var longest = s_limits.Max(name => Math.Clamp(Number(fields, name), 0, 1 << 20));
        var answers = Math.Clamp(Number(fields, "n"), 1, MostAnswers);
        return new UpstreamRequest(hides ? WithUsage(fields) : body, body.Length / 3, (int)Math.Min((long)longest * answers * Prompts(fields), MostCost), hides)
        {
            Operation = operation,
            Model = fields.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String ? model.GetString()! : Unnamed,
            IsStream = isStream,
            Answers = answers,
            MaxTokens = longest,
            Fields = fields,
        };
    }

    /// <summary>Each of several prompts has an answer of its own.</summary>
    private static int Prompts(JsonElement fields) =>
        fields.TryGetProperty("prompt", out var prompt) && prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() is > 0 and var count && prompt[0].ValueKind is JsonValueKind.String or JsonValueKind.Array ? count : 1;

    private static string? OperationOf(string path) => path[(path.LastIndexOf('/') + 1)..] switch
    {
        "completions" when path.EndsWith("/chat/completions", StringComparison.Ordinal) => "chat",
        "completions" => "text_completion",
        "responses" => "chat",
        "embeddings" => "embeddings",
        "rerank" or "score" => "rerank",
        _ => null,
    };

    private static int Number(JsonElement fields, string name) =>
        fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : 0;

    private static bool Is(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static byte[] WithUsage(JsonElement root)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            foreach (var property in root.EnumerateObject().Where(property => property.Name != Options)) property.WriteTo(writer);
            writer.WriteStartObject(Options);
            if (root.TryGetProperty(Options, out var options) && options.ValueKind == JsonValueKind.Object)
                foreach (var property in options.EnumerateObject().Where(property => property.Name != Include)) property.WriteTo(writer);
            writer.WriteBoolean(Include, true);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return body.WrittenSpan.ToArray();
    }
}
