using System.Text;
using System.Text.Json;

namespace Geobuk.Inference.Chat;

/// <summary>Tells calls of tools from text while an answer comes in: text goes through at once, what may be a call is held to the end.</summary>
/// <param name="style">How the model writes calls.</param>
/// <param name="names">Tools that were offered: where calls have no mark, JSON that names none of them is text. Null takes any name.</param>
public sealed class ToolCallReader(ToolStyle style, IReadOnlyCollection<string>? names = null)
{
    private readonly StringBuilder _held = new();
    private readonly string _mark = style.Open.Length > 0 ? style.Open.Trim() : "{";
    private bool _inCall;
    private bool _sawText;

    /// <summary>Takes a piece and returns the text that is certain to be no call.</summary>
    public string Push(string piece)
    {
        _held.Append(piece);
        if (_inCall) return "";
        var text = _held.ToString();
        var at = style.Open.Length > 0 ? text.IndexOf(_mark, StringComparison.Ordinal) : !_sawText && text.TrimStart().StartsWith('{') ? 0 : -1;
        _inCall = at >= 0;
        if (!_inCall) at = text.Length - Beginning(text);
        // What only leads up to a call is no answer.
        if (!_sawText && string.IsNullOrWhiteSpace(text[..at])) at = 0;
        var certain = text[..at];
        _sawText |= certain.Length > 0;
        _held.Clear().Append(text, at, text.Length - at);
        return certain;
    }

    /// <summary>At the end: what was held and is no call after all, and the calls.</summary>
    public (string Text, IReadOnlyList<ToolCallRequest> Calls) End()
    {
        var rest = _held.ToString();
        if (!_inCall) return (rest, []);
        var calls = new List<ToolCallRequest>();
        var calling = rest.Trim();
        var pieces = style.Open.Length > 0 ? calling.Split(_mark, StringSplitOptions.RemoveEmptyEntries) : calling.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var piece in pieces)
        {
            if (Read(piece.Replace(style.Close.Trim() is { Length: > 0 } close ? close : "\0", "").Trim()) is not { } call) return (rest, []);
            calls.Add(call);
        }
        return ("", calls);
    }

    private ToolCallRequest? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var call = document.RootElement;
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String) return null;
            var hasArguments = call.TryGetProperty(style.Arguments, out var arguments) || call.TryGetProperty("arguments", out arguments) || call.TryGetProperty("parameters", out arguments);
            if (style.Open.Length == 0 && names?.Contains(name.GetString()!) is false) return null;
            return new ToolCallRequest(name.GetString()!, !hasArguments ? "{}" : arguments.ValueKind == JsonValueKind.String ? arguments.GetString()! : arguments.GetRawText());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Length of the longest ending that may be the beginning of a call.</summary>
    private int Beginning(string text)
    {
        if (style.Open.Length == 0) return !_sawText && text.AsSpan().Trim().IsEmpty ? text.Length : 0;
        for (var length = Math.Min(_mark.Length - 1, text.Length); length > 0; length--)
            if (text.EndsWith(_mark[..length], StringComparison.Ordinal)) return length;
        return 0;
    }
}
