using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// What passes through from another server, counted: the tokens are what its answer says under <c>usage</c>, which stands at the end of
/// a whole answer, and in a stream in one of its last events.
/// </summary>
internal sealed class UpstreamTally
{
    // The numbers of a usage object, with its details, are far shorter.
    private const int Tail = 4096;

    private readonly long _arrived = Stopwatch.GetTimestamp();
    private readonly byte[] _last = new byte[2 * Tail];
    private readonly List<double> _gaps = [];
    private long _since = Stopwatch.GetTimestamp();
    private long _lastText;
    private int _length;
    private int _texts;
    private double? _firstSeconds;
    private UpstreamUsage? _usage;
    private string? _reason;

    /// <summary>How it ended: answered, canceled, timeout or error.</summary>
    public string Outcome { get; set; } = "error";

    /// <summary>Whether it comes event by event: then those that hold text are tokens, more or less.</summary>
    public bool IsStream { get; set; }

    /// <summary>The other server refused or was not there: nothing was used.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The stream ended with an error of the other server's.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Tokens that count against the key; 0 until it is reported.</summary>
    public int Used { get; private set; }

    /// <summary>What the answer says that it used.</summary>
    public UpstreamUsage? Usage => _usage ?? UpstreamUsage.Last(Text);

    /// <summary>Why the answer ended, in the other server's word.</summary>
    public string? FinishReason => _reason ?? LastReason(Text);

    private string Text => Encoding.UTF8.GetString(_last, 0, _length);

    /// <summary>The request left the queue.</summary>
    public void Start() => _since = Stopwatch.GetTimestamp();

    /// <summary>A piece of a whole answer.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
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

    /// <summary>An event of a stream. True where it only says what was used.</summary>
    public bool AddEvent(ReadOnlySpan<byte> message)
    {
        if (UpstreamEvent.Read(message) is not { } read)
        {
            Add(message);
            return false;
        }
        (_usage, _reason, HasFailed) = (read.Usage ?? _usage, read.FinishReason ?? _reason, HasFailed || read.IsError);
        if (read.HasText) CountText();
        return read.IsUsageOnly;
    }

    /// <summary>Adds the counts to the server's, and to those of a model that the other server serves.</summary>
    public FinishedGeneration Report(ServerMetrics metrics, ModelMetrics? model, UpstreamRequest asked)
    {
        var usage = Usage;
        Used = usage is null ? Estimate(asked) : usage.Prompt + usage.Generated;
        var finished = new FinishedGeneration(
            Outcome == "answered" ? FinishReason ?? Outcome : Outcome, usage?.Prompt ?? 0, usage?.Cached ?? 0, usage?.Generated ?? _texts, asked.MaxTokens,
            Stopwatch.GetElapsedTime(_arrived, _since).TotalSeconds, _firstSeconds, Stopwatch.GetElapsedTime(_since).TotalSeconds, _gaps)
        { Answers = asked.Answers };
        metrics.Finish(Outcome, finished.PromptTokens, finished.GeneratedTokens, finished.FirstTokenSeconds, finished.Seconds);
        if (IsRefused) return finished;
        if (asked.IsGeneration) model?.Finish(finished);
        else model?.FinishReading(Outcome, finished.PromptTokens, finished.QueueSeconds, finished.Seconds);
        return finished;
    }

    /// <summary>
    /// What an answer used that does not say so: nothing where it was refused; of a stream that was left before its end, the request's
    /// and one per event; else what was predicted.
    /// </summary>
    private int Estimate(UpstreamRequest asked)
    {
        if (IsRefused) return 0;
        // A stream's events are tokens, more or less; whole, it is at least what was predicted.
        var answer = !IsStream ? asked.AnswerCost : Outcome == "answered" ? Math.Max(_texts, asked.AnswerCost) : _texts;
        return asked.PromptCost + answer;
    }

    private void CountText()
    {
        var now = Stopwatch.GetTimestamp();
        if (_firstSeconds is null) _firstSeconds = Stopwatch.GetElapsedTime(_since, now).TotalSeconds;
        else _gaps.Add(Stopwatch.GetElapsedTime(_lastText, now).TotalSeconds);
        _lastText = now;
        _texts++;
    }

    /// <summary>Of a whole answer; text of the answer has its quotes escaped.</summary>
    private static string? LastReason(string text)
    {
        const string Name = "\"finish_reason\":";
        if (text.LastIndexOf(Name, StringComparison.Ordinal) is >= 0 and var at)
            return text[(at + Name.Length)..].TrimStart() is ['"', .. var rest] && rest.IndexOf('"') is > 0 and var end ? rest[..end] : null;
        return text.Contains("\"status\":\"incomplete\"", StringComparison.Ordinal) ? "length" : null;
    }
}
