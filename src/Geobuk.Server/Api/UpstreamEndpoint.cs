using System.Net;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// What asks models for something, passed on to another OpenAI-compatible server: the same keys, roles, budgets, queue, counts and errors before
/// a vLLM as before the engine of our own. Answers are passed back as they come (but for the usage that the front door asks every stream for). The client's key stays here.
/// </summary>
internal sealed class UpstreamEndpoint : IDisposable
{
    private const string OneModel = "/v1/models/{**model}";
    private const int MostSeconds = 120;

    // The other server sees its own key and not whose request it is: whatever is not named here, loading adapters or deleting files, stays out of reach.
    private static readonly string[] s_asking =
        ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings", "/v1/rerank", "/v1/score", "/v1/tokenize", "/v1/detokenize", "/tokenize", "/detokenize"];
    private readonly UpstreamConnection _upstream;
    private readonly PlaceQueue _places;
    private readonly UpstreamModels _models = new();
    private readonly ServerMetrics _metrics;
    private readonly ServerOptions _options;
    private readonly Drain _drain;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<UpstreamEndpoint> _logger;

    /// <summary>Passes on to the upstream of the options.</summary>
    public UpstreamEndpoint(ServerOptions options, ServerMetrics metrics, Drain drain, IHostApplicationLifetime lifetime, ILogger<UpstreamEndpoint> logger)
    {
        (_options, _metrics, _drain, _lifetime, _logger) = (options, metrics, drain, lifetime, logger);
        _upstream = new UpstreamConnection(options);
        _places = new PlaceQueue(options.Parallel, TimeProvider.System);
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
    public int Running => _places.Running;

    /// <summary>Requests that wait for a place.</summary>
    public int Waiting => _places.Waiting;

    /// <summary>Writes the metrics of the models that the upstream serves.</summary>
    public void Render(MetricsText text) => _models.Render(text);

    /// <inheritdoc/>
    public void Dispose() => _upstream.Dispose();

    private async Task PassOnAsync(HttpContext context, string path)
    {
        using var document = HttpMethods.IsPost(context.Request.Method) ? await RequestBody.ReadObjectAsync(context) : null;
        var asked = document is null ? null : UpstreamRequest.Read(document.RootElement, path);
        var cost = asked is null ? 0 : asked.PromptCost + asked.AnswerCost;
        var budget = context.Features.Get<ApiKey>()!.Budget;
        if (budget.TryTake(cost) is { } refusal)
        {
            _metrics.Reject();
            throw ApiException.LimitReached(refusal.Limit, refusal.RetryAfter);
        }
        var tally = new UpstreamTally();
        try
        {
            // What no model computes keeps nobody from a place, and needs none.
            using var place = asked?.Operation is null ? null : Enter();
            await AnswerAsync(context, path, asked, place, tally);
        }
        finally
        {
            // Whoever got no place has used nothing.
            budget.Return(cost - tally.Used);
        }
    }

    private QueuedPlace Enter()
    {
        // Who would wait longer than a request may take is told so at once.
        if (_places.PredictedWait <= _options.RequestTimeout.TotalSeconds && _places.TryEnter(_options.QueueLimit) is { } place) return place;
        _metrics.Reject();
        throw ApiException.QueueFull(Waiting, Math.Clamp((int)Math.Ceiling(_places.PlaceSeconds), 1, MostSeconds));
    }

    private async Task AnswerAsync(HttpContext context, string path, UpstreamRequest? asked, QueuedPlace? place, UpstreamTally tally)
    {
        using var deadline = new CancellationTokenSource(_options.RequestTimeout);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token, _drain.Over);
        using var trace = UpstreamTrace.Begin(asked, _options.Upstream!);
        var model = asked?.Operation is null ? null : _models.Enter(asked.Model);
        var isBegun = false;
        try
        {
            if (place is not null) await WaitAsync(context, asked!, place, ending.Token);
            isBegun = true;
            if (model is not null) _models.Begin(model);
            tally.Start();
            await _upstream.PassAsync(context, path, asked, tally, () => model?.IsServed = true, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            tally.Outcome = context.RequestAborted.IsCancellationRequested || _drain.Over.IsCancellationRequested ? "canceled" : "timeout";
            if (context.RequestAborted.IsCancellationRequested) throw;
            throw _drain.Over.IsCancellationRequested ? ApiException.CutOff(_drain.Grace) : TimedOut();
        }
        finally
        {
            if (asked is not null && isBegun) Report(tally, model is { IsServed: true } ? model : null, asked);
            if (model is not null) _models.Leave(model, isBegun);
            trace.End(tally);
        }
    }

    /// <summary>Waits for a place; a stream is told now and then which place in the queue it has.</summary>
    private Task WaitAsync(HttpContext context, UpstreamRequest asked, QueuedPlace place, CancellationToken cancellationToken)
    {
        return QueueWait.UntilAsync(place.Begun, _options.QueueNotice, TellAsync, _lifetime.ApplicationStopping, cancellationToken);

        Task TellAsync() => asked.IsStream && place.Position is > 0 and var position
            ? new EventStream(context.Response, goOn: context.Response.HasStarted).CommentAsync($"queue {position}", cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Counts and logs; a name under which nothing is served is a client's text and not for the log.</summary>
    private void Report(UpstreamTally tally, UpstreamModel? model, UpstreamRequest asked)
    {
        var finished = tally.Report(_metrics, model?.Metrics, asked);
        if (model is not null) ServerLog.GenerationEnded(_logger, model.Name, finished.Outcome, finished.PromptTokens, finished.GeneratedTokens, finished.FirstTokenSeconds ?? 0, finished.Seconds);
    }

    private ApiException TimedOut() => new((int)HttpStatusCode.GatewayTimeout, $"The model server behind this one took longer than {_options.RequestTimeout.TotalSeconds:0} s. Ask for less, or try again in a while.") { Type = "server_error", Code = "upstream_timeout" };
}
