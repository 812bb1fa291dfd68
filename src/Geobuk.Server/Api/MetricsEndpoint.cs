using System.Text;
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
        var text = new StringBuilder(metrics.Render(catalog.Running + (upstream?.Running ?? 0), catalog.Waiting + (upstream?.Waiting ?? 0)));
        foreach (var model in catalog.All) catalog.MetricsOf(model).Render(text, model, catalog.GateOf(model).Load());
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}
