using System.Net.Http.Headers;
using System.Text.Json;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>The way to the other server and back: a request as it is, and its answer piece by piece or event by event, so that a stream stays one.</summary>
internal sealed class UpstreamConnection : IDisposable
{
    private const int LongestRefusal = 1 << 16;
    private const string Version = "/v1";
    private static readonly string[] s_passedBack = ["Retry-After", "X-Accel-Buffering", "Cache-Control"];
    private readonly HttpClient _http;
    private readonly ServerOptions _options;
    // The address may have been given with the API's version or without; paths have it.
    private readonly string _root;

    /// <summary>Connects to the upstream of the options when first needed.</summary>
    public UpstreamConnection(ServerOptions options)
    {
        _options = options;
        var root = options.Upstream!.AbsolutePath.TrimEnd('/');
        _root = root.EndsWith(Version, StringComparison.Ordinal) ? root[..^Version.Length] : root;
        // No proxy and no redirect: it goes where it was told to, or nowhere.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Passes a request on and its answer back. A stream that is silent for long gets a comment, as one of our own does.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="path">Where it goes.</param>
    /// <param name="asked">What it says; null where it has no body.</param>
    /// <param name="tally">Counts.</param>
    /// <param name="accept">Called when the other server has taken it.</param>
    /// <param name="cancellationToken">The client has left, or the time is up.</param>
    /// <exception cref="ApiException">The other server cannot be reached, breaks off, or refuses a stream that has begun already.</exception>
    public async Task PassAsync(HttpContext context, string path, UpstreamRequest? asked, UpstreamTally tally, Action accept, CancellationToken cancellationToken)
    {
        var isAwaited = asked is { IsStream: true };
        using var request = Request(context, path, asked);
        using var answer = await KeepAliveAsync(context.Response, SendAsync(request, tally, cancellationToken), isAwaited, cancellationToken);
        tally.IsRefused = !answer.IsSuccessStatusCode;
        tally.IsStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        if (!tally.IsRefused) accept();
        if (!context.Response.HasStarted) PassHead(context.Response, answer);
        else if (tally.IsRefused || !tally.IsStream) throw await RefusalAsync(answer, cancellationToken);
        await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
        if (tally.IsStream) await PassEventsAsync(context.Response, content, asked, tally, cancellationToken);
        else await PassWholeAsync(context.Response, content, tally, cancellationToken);
        if (answer.IsSuccessStatusCode && !tally.HasFailed) tally.Outcome = "answered";
    }

    private HttpRequestMessage Request(HttpContext context, string path, UpstreamRequest? asked)
    {
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_options.Upstream!, $"{_root}{path}{context.Request.QueryString}"));
        if (asked is not null) request.Content = new ByteArrayContent(asked.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (_options.UpstreamKey is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, UpstreamTally tally, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException)
        {
            tally.IsRefused = true;
            throw new ApiException(StatusCodes.Status502BadGateway, "The model server behind this one does not answer. Try again in a while.") { Type = "server_error", Code = "upstream_unreachable", RetryAfter = 10 };
        }
    }

    private static void PassHead(HttpResponse response, HttpResponseMessage answer)
    {
        response.StatusCode = (int)answer.StatusCode;
        response.ContentType = answer.Content.Headers.ContentType?.ToString();
        foreach (var name in s_passedBack)
            if (answer.Headers.TryGetValues(name, out var values)) response.Headers[name] = values.ToArray();
    }

    private static async Task PassWholeAsync(HttpResponse response, Stream content, UpstreamTally tally, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        while (await ReadAsync(content, buffer, cancellationToken) is > 0 and var count)
        {
            tally.Add(buffer.AsSpan(0, count));
            await response.Body.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
    }

    private async Task PassEventsAsync(HttpResponse response, Stream content, UpstreamRequest? asked, UpstreamTally tally, CancellationToken cancellationToken)
    {
        var events = new EventSplitter();
        var buffer = new byte[16 * 1024];
        while (await KeepAliveAsync(response, ReadAsync(content, buffer, cancellationToken), !events.IsInside, cancellationToken) is > 0 and var count)
        {
            foreach (var message in events.Add(buffer.AsSpan(0, count)))
            {
                var isHidden = tally.AddEvent(message.Span) && asked is { HidesUsage: true };
                if (!isHidden) await response.Body.WriteAsync(message, cancellationToken);
            }
            await response.Body.FlushAsync(cancellationToken);
        }
        tally.Add(events.Rest.Span);
        await response.Body.WriteAsync(events.Rest, cancellationToken);
    }

    private static async Task<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ApiException(StatusCodes.Status502BadGateway, "The model server behind this one broke off its answer. Try again in a while.") { Type = "server_error", Code = "upstream_broken" };
        }
    }

    /// <summary>Waits; a stream that there may be a comment in gets one now and then meanwhile.</summary>
    private async Task<T> KeepAliveAsync<T>(HttpResponse response, Task<T> next, bool mayComment, CancellationToken cancellationToken)
    {
        while (mayComment && !next.IsCompleted)
        {
            try
            {
                await next.WaitAsync(_options.PingInterval, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                await new EventStream(response, goOn: response.HasStarted).CommentAsync("ping", cancellationToken);
            }
        }
        return await next;
    }

    /// <summary>The other server's refusal as an error of ours, for a client that the status cannot tell any more.</summary>
    private static async Task<ApiException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = answer.IsSuccessStatusCode ? StatusCodes.Status502BadGateway : (int)answer.StatusCode;
        var text = new byte[LongestRefusal];
        await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var length = await content.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, cancellationToken);
        return Refusal(status, text.AsMemory(0, length)) ?? new ApiException(status, $"The model server behind this one answered {(int)answer.StatusCode} and no stream.") { Type = "server_error", Code = "upstream_refused" };
    }

    private static ApiException? Refusal(int status, ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var error = document.RootElement.GetProperty("error");
            return new ApiException(status, error.GetProperty("message").GetString()!)
            {
                Type = Word(error, "type") ?? "server_error",
                Parameter = Word(error, "param"),
                Code = Word(error, "code"),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Word(JsonElement error, string name) => error.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}
