using System.Text;

namespace Geobuk.Inference.Sampling;

/// <summary>Lets text through up to the first stop string, holding back an ending that may be the beginning of one.</summary>
internal sealed class StopText(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();

    /// <summary>A stop string was found; nothing follows.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes the next piece and returns the text that is certain to belong to the answer.</summary>
    public string Push(string piece)
    {
        if (Stopped) return "";
        if (stops.Count == 0) return piece;
        var text = _held.Append(piece).ToString();
        _held.Clear();
        var first = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(index => index >= 0).DefaultIfEmpty(-1).Min();
        if (first >= 0)
        {
            Stopped = true;
            return text[..first];
        }
        var certain = text.Length - stops.Max(stop => Beginning(text, stop));
        _held.Append(text, certain, text.Length - certain);
        return text[..certain];
    }

    /// <summary>What is still held, for the end of a generation.</summary>
    public string Flush()
    {
        var rest = Stopped ? "" : _held.ToString();
        _held.Clear();
        return rest;
    }

    /// <summary>Length of the longest ending of the text that begins the stop string.</summary>
    private static int Beginning(string text, string stop)
    {
        for (var length = Math.Min(stop.Length - 1, text.Length); length > 0; length--)
        {
            if (string.CompareOrdinal(text, text.Length - length, stop, 0, length) == 0) return length;
        }
        return 0;
    }
}
