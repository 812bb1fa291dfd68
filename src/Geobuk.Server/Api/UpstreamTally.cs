using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// What passes through from another server, counted: the tokens are what its answer says under <c>usage</c>, which stands at the end of
/// an answer, and in a stream in its last pieces.
/// </summary>
internal sealed class UpstreamTally
{
    // The numbers of a usage object, with its details, are far shorter.
    private const int Tail = 4096;
    private const int Most = 1 << 29;
    private static readonly string[] s_prompt = ["prompt_tokens", "input_tokens"], s_generated = ["completion_tokens", "output_tokens"];

    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly byte[] _last = new byte[2 * Tail];
    private int _length;
    private int _events;
    private double? _firstSeconds;

    /// <summary>How it ended: answered, canceled, timeout or error.</summary>
    public string Outcome { get; set; } = "error";

    /// <summary>Whether it comes piece by piece: then the first is the first token, more or less.</summary>
    public bool IsStream { get; set; }

    /// <summary>The other server refused or was not there: nothing was used.</summary>
    public bool IsRefused { get; set; }

    /// <summary>A piece of the answer.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        if (IsStream)
        {
            _firstSeconds ??= Stopwatch.GetElapsedTime(_since).TotalSeconds;
            _events += piece.Count("data:"u8);
        }
        if (piece.Length > Tail) piece = piece[^Tail..];
        if (_length + piece.Length > _last.Length)
        {
            var kept = Math.Min(_length, Tail);
            _last.AsSpan(_length - kept, kept).CopyTo(_last);
            _length = kept;
        }
        piece.CopyTo(_last.AsSpan(_length));
        _length += piece.Length;
    }

    /// <summary>
    /// Adds the counts to the server's. Returns the tokens that count against the key: what the answer says; nothing where it was
    /// refused; of a stream that was left before its end, the request's and one per event; else what was predicted.
    /// </summary>
    public int Report(ServerMetrics metrics, UpstreamRequest asked)
    {
        var usage = Usage(Encoding.UTF8.GetString(_last, 0, _length));
        metrics.Finish(Outcome, usage?.Prompt ?? 0, usage?.Generated ?? 0, _firstSeconds, Stopwatch.GetElapsedTime(_since).TotalSeconds);
        if (usage is var (prompt, generated)) return prompt + generated;
        if (IsRefused) return 0;
        // A stream's events are tokens, more or less; whole, it is at least what was predicted.
        var answer = !IsStream ? asked.AnswerCost : Outcome == "answered" ? Math.Max(_events, asked.AnswerCost) : _events;
        return asked.PromptCost + answer;
    }

    private static (int Prompt, int Generated)? Usage(string text)
    {
        const string Name = "\"usage\"";
        // A stream says null until its last piece; text of the answer has its quotes escaped.
        for (var at = text.LastIndexOf(Name, StringComparison.Ordinal); at > 0; at = text.LastIndexOf(Name, at - 1, StringComparison.Ordinal))
        {
            var after = text.AsSpan(at + Name.Length).TrimStart();
            if (after is [':', ..] && Parse(after[1..].ToString()) is { } usage) return (Number(usage, s_prompt), Number(usage, s_generated));
        }
        return null;
    }

    /// <summary>The object that a text begins with; null where it begins with none, or what the other server sent is not JSON.</summary>
    private static JsonElement? Parse(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), isFinalBlock: false, default);
        try
        {
            return JsonElement.TryParseValue(ref reader, out var value) && value is { ValueKind: JsonValueKind.Object } ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int Number(JsonElement usage, string[] names)
    {
        foreach (var name in names)
            if (usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)) return Math.Clamp(number, 0, Most);
        return 0;
    }
}
