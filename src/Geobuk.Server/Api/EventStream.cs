using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Geobuk.Server.Api;

/// <summary>Server-sent events: one JSON object per event, so that no character is ever cut between two.</summary>
internal sealed class EventStream
{
    private readonly HttpResponse _response;

    /// <summary>Begins the stream, or goes on with one that has begun.</summary>
    public EventStream(HttpResponse response, bool goOn = false)
    {
        _response = response;
        if (goOn) return;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        // Tells nginx not to collect the events.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Sends one event at once.</summary>
    public async Task SendAsync<T>(T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await _response.Body.WriteAsync((byte[])[.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(value, type), .. "\n\n"u8], cancellationToken);
        await _response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>Sends an event that has a name, in the style of the responses API.</summary>
    public async Task SendAsync<T>(string name, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await _response.Body.WriteAsync((byte[])[.. "event: "u8, .. System.Text.Encoding.UTF8.GetBytes(name), .. "\n"u8], cancellationToken);
        await SendAsync(value, type, cancellationToken);
    }

    /// <summary>Sends a line that clients skip: it keeps the connection alive, and tells who wants to know of the queue.</summary>
    public async Task CommentAsync(string text, CancellationToken cancellationToken)
    {
        await _response.Body.WriteAsync((byte[])[.. ": "u8, .. System.Text.Encoding.UTF8.GetBytes(text), .. "\n\n"u8], cancellationToken);
        await _response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>Sends the event that ends a stream.</summary>
    public async Task DoneAsync(CancellationToken cancellationToken)
    {
        await _response.Body.WriteAsync("data: [DONE]\n\n"u8.ToArray(), cancellationToken);
        await _response.Body.FlushAsync(cancellationToken);
    }
}
