using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>GET /metrics: counts for Prometheus.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Adds the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/metrics", HandleAsync);

    private static Task HandleAsync(HttpContext context)
    {
        var catalog = context.RequestServices.GetRequiredService<ModelCatalog>();
        var metrics = context.RequestServices.GetRequiredService<ServerMetrics>();
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        var upstream = context.RequestServices.GetService<UpstreamEndpoint>();
        var text = new MetricsText();
        metrics.Render(text, catalog.Running + (upstream?.Running ?? 0), catalog.Waiting + (upstream?.Waiting ?? 0));
        foreach (var model in catalog.All)
        {
            var (labels, load) = (ModelMetrics.Labels(model.Id), catalog.GateOf(model).Load());
            catalog.MetricsOf(model).Render(text, labels, load.Running, load.Waiting);
            EngineMetrics.Render(text, labels, model, load);
        }
        upstream?.Render(text);
        ProcessMetrics.Render(text);
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}
