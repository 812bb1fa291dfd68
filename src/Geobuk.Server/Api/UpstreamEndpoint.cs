using System.Net;
using System.Net.Http.Headers;
using System.Threading.RateLimiting;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// What asks models for something, passed on to another OpenAI-compatible server: the same keys, roles, budgets, queue, counts and errors before
/// a vLLM as before the engine of our own. Answers are passed back as they come (but for the usage that the front door asks every stream for). The client's key stays here.
/// </summary>
internal sealed class UpstreamEndpoint : IDisposable
{
    private const string OneModel = "/v1/models/{**model}";

    // The other server sees its own key and not whose request it is: whatever is not named here, loading adapters or deleting files, stays out of reach.
    private static readonly string[] s_asking =
        ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings", "/v1/rerank", "/v1/score", "/v1/tokenize", "/v1/detokenize"];
    private static readonly string[] s_passedBack = ["Retry-After", "X-Accel-Buffering", "Cache-Control"];
    private readonly HttpClient _http;
    private readonly ConcurrencyLimiter _places;
    private readonly ServerMetrics _metrics;
    private readonly ServerOptions _options;
    private readonly Drain _drain;

    /// <summary>Passes on to the upstream of the options.</summary>
    public UpstreamEndpoint(ServerOptions options, ServerMetrics metrics, Drain drain)
    {
        (_options, _metrics, _drain) = (options, metrics, drain);
        // No proxy and no redirect: it goes where it was told to, or nowhere.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = options.Parallel, QueueLimit = options.QueueLimit, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>Adds the ways through; the path that goes on is the one written here and not the client's spelling of it.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in s_asking) routes.MapPost(path, context => Of(context).PassOnAsync(context, path));
        routes.MapGet("/v1/models", context => Of(context).PassOnAsync(context, "/v1/models"));
        routes.MapGet(OneModel, context => Of(context).PassOnAsync(context, $"/v1/models/{ModelName(context)}"));
    }

    private static UpstreamEndpoint Of(HttpContext context) => context.RequestServices.GetRequiredService<UpstreamEndpoint>();

    /// <summary>A model's name as a path: names of the Hub have a slash, and none climbs out of the models.</summary>
    private static string ModelName(HttpContext context)
    {
        var name = context.Request.RouteValues["model"] as string ?? "";
        var isPlain = name.Split('/').All(part => part is not ("" or "." or "..")) && name.All(c => char.IsLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or ':' or '@' or '+' or ' ');
        return isPlain ? string.Join('/', name.Split('/').Select(Uri.EscapeDataString)) : throw ApiException.Invalid("model", "The model's name in the path has an encoded slash, a dot segment or a character that no name has; expected one as /v1/models lists it.", "invalid_value");
    }

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

    private async Task PassOnAsync(HttpContext context, string path)
    {
        var body = HttpMethods.IsPost(context.Request.Method) ? await RequestBody.ReadBytesAsync(context) : null;
        var asked = body is null ? null : UpstreamRequest.Read(body, path);
        var cost = asked is null ? 0 : asked.PromptCost + asked.AnswerCost;
        var budget = context.Features.Get<ApiKey>()!.Budget;
        if (budget.TryTake(cost) is { } refusal)
        {
            _metrics.Reject();
            throw ApiException.LimitReached(refusal.Limit, refusal.RetryAfter);
        }
        // Whoever gets no place has used nothing.
        var used = 0;
        try
        {
            using var deadline = new CancellationTokenSource(_options.RequestTimeout);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token, _drain.Over);
            using var place = await _places.AcquireAsync(1, ending.Token);
            if (!place.IsAcquired)
            {
                _metrics.Reject();
                throw ApiException.QueueFull(Waiting, 5);
            }
            var tally = new UpstreamTally();
            try
            {
                await SendAsync(context, path, asked, tally, ending.Token);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                tally.Outcome = "canceled";
                throw;
            }
            catch (OperationCanceledException) when (_drain.Over.IsCancellationRequested)
            {
                tally.Outcome = "canceled";
                throw ApiException.CutOff(_drain.Grace);
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                tally.Outcome = "timeout";
                throw new ApiException((int)HttpStatusCode.GatewayTimeout, $"The model server behind this one took longer than {_options.RequestTimeout.TotalSeconds:0} s. Ask for less, or try again in a while.") { Type = "server_error", Code = "upstream_timeout" };
            }
            finally
            {
                if (asked is not null) used = tally.Report(_metrics, asked);
            }
        }
        finally
        {
            budget.Return(cost - used);
        }
    }

    private async Task SendAsync(HttpContext context, string path, UpstreamRequest? asked, UpstreamTally tally, CancellationToken cancellationToken)
    {
        var target = new Uri(_options.Upstream!, $"{_options.Upstream!.AbsolutePath.TrimEnd('/')}{path}{context.Request.QueryString}".Replace("/v1/v1/", "/v1/", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target);
        if (asked is not null) request.Content = new ByteArrayContent(asked.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        if (_options.UpstreamKey is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await AnswerAsync(request, tally, cancellationToken);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        foreach (var name in s_passedBack)
            if (answer.Headers.TryGetValues(name, out var values)) context.Response.Headers[name] = values.ToArray();
        tally.IsRefused = !answer.IsSuccessStatusCode;
        tally.IsStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var filter = asked is { HidesUsage: true } && tally.IsStream ? new UsageEventFilter() : null;
        var buffer = new byte[16 * 1024];
        // Piece by piece, so that a stream stays one.
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            tally.Add(buffer.AsSpan(0, count));
            await context.Response.Body.WriteAsync(filter?.Pass(buffer.AsSpan(0, count)) ?? buffer.AsMemory(0, count), cancellationToken);
            await context.Response.Body.FlushAsync(cancellationToken);
        }
        if (filter is not null) await context.Response.Body.WriteAsync(filter.Rest(), cancellationToken);
        if (answer.IsSuccessStatusCode) tally.Outcome = "answered";
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, UpstreamTally tally, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException)
        {
            tally.IsRefused = true;
            throw new ApiException((int)HttpStatusCode.BadGateway, "The model server behind this one does not answer. Try again in a while.") { Type = "server_error", Code = "upstream_unreachable", RetryAfter = 10 };
        }
    }
}
