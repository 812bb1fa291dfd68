using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.RateLimiting;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// Everything under /v1, passed on to another OpenAI-compatible server: the same keys, roles, budgets, queue, counts and errors before
/// a vLLM as before the engine of our own. Answers are passed back as they come. The client's key stays here.
/// </summary>
internal sealed class UpstreamEndpoint : IDisposable
{
    private static readonly string[] s_limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
    private static readonly string[] s_passedBack = ["Retry-After", "X-Accel-Buffering", "Cache-Control"];
    private readonly HttpClient _http;
    private readonly ConcurrencyLimiter _places;
    private readonly ServerMetrics _metrics;
    private readonly ServerOptions _options;

    /// <summary>Passes on to the upstream of the options.</summary>
    public UpstreamEndpoint(ServerOptions options, ServerMetrics metrics)
    {
        (_options, _metrics) = (options, metrics);
        // No proxy and no redirect: it goes where it was told to, or nowhere.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = options.Parallel, QueueLimit = options.QueueLimit, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>Adds the way through.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.Map("/v1/{**path}", HandleAsync);

    private static Task HandleAsync(HttpContext context) => context.RequestServices.GetRequiredService<UpstreamEndpoint>().PassOnAsync(context);

    /// <summary>Requests that the upstream works on.</summary>
    public int Running => _options.Parallel - (int)(_places.GetStatistics()?.CurrentAvailablePermits ?? _options.Parallel);

    /// <summary>Requests that wait for a place.</summary>
    public int Waiting => (int)(_places.GetStatistics()?.CurrentQueuedCount ?? 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    private async Task PassOnAsync(HttpContext context)
    {
        var body = HttpMethods.IsPost(context.Request.Method) ? await RequestBody.ReadBytesAsync(context) : null;
        var cost = body is null ? 0 : Cost(body);
        var budget = context.Features.Get<ApiKey>()!.Budget;
        if (budget.TryTake(cost) is { } refusal)
        {
            _metrics.Reject();
            throw ApiException.LimitReached(refusal.Limit, refusal.RetryAfter);
        }
        int? used = null;
        try
        {
            using var deadline = new CancellationTokenSource(_options.RequestTimeout);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
            using var place = await _places.AcquireAsync(1, ending.Token);
            if (!place.IsAcquired)
            {
                _metrics.Reject();
                throw ApiException.QueueFull(Waiting, 5);
            }
            var tally = new UpstreamTally();
            try
            {
                await SendAsync(context, body, tally, ending.Token);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                tally.Outcome = "canceled";
                throw;
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                tally.Outcome = "timeout";
                throw new ApiException((int)HttpStatusCode.GatewayTimeout, $"The model server behind this one took longer than {_options.RequestTimeout.TotalSeconds:0} s. Ask for less, or try again in a while.") { Type = "server_error", Code = "upstream_timeout" };
            }
            finally
            {
                if (body is not null) used = tally.Report(_metrics);
            }
        }
        finally
        {
            // Where the answer does not say what it used, what was predicted counts.
            budget.Return(used is { } tokens ? Math.Max(0, cost - tokens) : 0);
        }
    }

    private async Task SendAsync(HttpContext context, byte[]? body, UpstreamTally tally, CancellationToken cancellationToken)
    {
        var target = new Uri(_options.Upstream!, $"{_options.Upstream!.AbsolutePath.TrimEnd('/')}{context.Request.Path}{context.Request.QueryString}".Replace("/v1/v1/", "/v1/", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target);
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (_options.UpstreamKey is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await AnswerAsync(request, cancellationToken);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        foreach (var name in s_passedBack)
            if (answer.Headers.TryGetValues(name, out var values)) context.Response.Headers[name] = values.ToArray();
        tally.IsStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[16 * 1024];
        // Piece by piece, so that a stream stays one.
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            tally.Add(buffer.AsSpan(0, count));
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            await context.Response.Body.FlushAsync(cancellationToken);
        }
        if (answer.IsSuccessStatusCode) tally.Outcome = "answered";
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException)
        {
            throw new ApiException((int)HttpStatusCode.BadGateway, "The model server behind this one does not answer. Try again in a while.") { Type = "server_error", Code = "upstream_unreachable", RetryAfter = 10 };
        }
    }

    /// <summary>A token for three bytes of the request, and the longest answer it allows.</summary>
    private static int Cost(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var answer = 0;
        foreach (var name in s_limits)
            if (document.RootElement.TryGetProperty(name, out var limit) && limit.ValueKind == JsonValueKind.Number && limit.TryGetInt32(out var tokens)) answer = Math.Max(answer, Math.Clamp(tokens, 0, 1 << 20));
        return body.Length / 3 + answer;
    }
}
