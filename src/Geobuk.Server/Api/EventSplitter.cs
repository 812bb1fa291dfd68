namespace Geobuk.Server.Api;

/// <summary>Puts the pieces of a stream of server-sent events together to whole events.</summary>
internal sealed class EventSplitter
{
    // Events are far shorter; whoever sends longer ones has them passed on as they come.
    private const int LongestHeld = 1 << 16;
    private byte[] _held = [];

    /// <summary>The stream stands within an event of which a part is passed on already.</summary>
    public bool IsInside { get; private set; }

    /// <summary>What is left when the stream has ended within an event.</summary>
    public ReadOnlyMemory<byte> Rest => _held;

    /// <summary>The events, with the empty lines that end them, that are whole by this piece; of one that is too long to wait for, what there is.</summary>
    public List<ReadOnlyMemory<byte>> Add(ReadOnlySpan<byte> piece)
    {
        var events = new List<ReadOnlyMemory<byte>>();
        ReadOnlyMemory<byte> rest = (byte[])[.. _held, .. piece];
        while (End(rest.Span) is > 0 and var end)
        {
            events.Add(rest[..end]);
            rest = rest[end..];
            IsInside = false;
        }
        if (rest.Length > LongestHeld)
        {
            events.Add(rest);
            rest = default;
            IsInside = true;
        }
        _held = rest.ToArray();
        return events;
    }

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
}
