using System.Buffers;
using System.Text.Json;

namespace Geobuk.Server.Api;

/// <summary>
/// Passes a stream of server-sent events on, event by event, without the one that holds only what was used: the front door asked for
/// it, the client did not.
/// </summary>
internal sealed class UsageEventFilter
{
    // That event is far shorter; whoever sends longer ones has them passed on as they come.
    private const int LongestHeld = 1 << 16;
    private readonly ArrayBufferWriter<byte> _passed = new();
    private byte[] _held = [];

    /// <summary>What of the stream so far may go on now; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Pass(ReadOnlySpan<byte> piece)
    {
        _passed.ResetWrittenCount();
        byte[] all = [.. _held, .. piece];
        var rest = all.AsSpan();
        while (End(rest) is > 0 and var end)
        {
            if (!IsUsageOnly(rest[..end])) _passed.Write(rest[..end]);
            rest = rest[end..];
        }
        if (rest.Length > LongestHeld)
        {
            _passed.Write(rest);
            rest = default;
        }
        _held = rest.ToArray();
        return _passed.WrittenMemory;
    }

    /// <summary>What is left when the stream has ended within an event.</summary>
    public ReadOnlyMemory<byte> Rest() => _held;

    /// <summary>Bytes up to the end of the first empty line; 0 where there is none yet.</summary>
    private static int End(ReadOnlySpan<byte> text)
    {
        for (var at = 0; text[at..].IndexOf((byte)'\n') is >= 0 and var line;)
        {
            at += line + 1;
            if (text[at..] is [(byte)'\n', ..]) return at + 1;
            if (text[at..] is [(byte)'\r', (byte)'\n', ..]) return at + 2;
        }
        return 0;
    }

    private static bool IsUsageOnly(ReadOnlySpan<byte> message)
    {
        if (!message.StartsWith("data:"u8) || message.IndexOf("\"usage\""u8) < 0) return false;
        try
        {
            var reader = new Utf8JsonReader(message["data:".Length..]);
            var data = JsonElement.ParseValue(ref reader);
            return data is { ValueKind: JsonValueKind.Object }
                && data.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() == 0
                && data.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
