using System.Buffers;
using System.Text.Json;

namespace Geobuk.Server.Api;

/// <summary>A request as the upstream gets it, with what it is predicted to cost.</summary>
/// <param name="Body">The JSON to send.</param>
/// <param name="PromptCost">A token for three bytes of the request.</param>
/// <param name="AnswerCost">The longest answer that it allows, 0 where it names none.</param>
/// <param name="HidesUsage">The stream was asked for its usage, which the client did not ask for.</param>
internal sealed record UpstreamRequest(byte[] Body, int PromptCost, int AnswerCost, bool HidesUsage)
{
    private const string Options = "stream_options", Include = "include_usage";
    private static readonly string[] s_limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

    /// <summary>Reads a request; a stream of completions is made to say at its end what it used, or nobody could count it.</summary>
    /// <param name="body">A JSON object.</param>
    /// <param name="path">Where it goes.</param>
    public static UpstreamRequest Read(byte[] body, string path)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var answer = 0;
        foreach (var name in s_limits)
            if (root.TryGetProperty(name, out var limit) && limit.ValueKind == JsonValueKind.Number && limit.TryGetInt32(out var tokens)) answer = Math.Max(answer, Math.Clamp(tokens, 0, 1 << 20));
        var hides = path.EndsWith("/completions", StringComparison.Ordinal) && Is(root, "stream") && !(root.TryGetProperty(Options, out var options) && Is(options, Include));
        return new UpstreamRequest(hides ? WithUsage(root) : body, body.Length / 3, answer, hides);
    }

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
