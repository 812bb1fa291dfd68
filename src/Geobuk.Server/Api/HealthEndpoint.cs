using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>GET or HEAD /health: 200 while the server takes requests. Needs no key.</summary>
internal static class HealthEndpoint
{
    /// <summary>Adds the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMethods("/health", [HttpMethods.Get, HttpMethods.Head], HandleAsync);

    private static Task HandleAsync(HttpContext context)
    {
        var catalog = context.RequestServices.GetRequiredService<ModelCatalog>();
        var upstream = context.RequestServices.GetService<UpstreamEndpoint>();
        var body = new HealthBody("ok", AnswerHeader.Version, [.. catalog.All.Select(model => model.Id)], catalog.Running + (upstream?.Running ?? 0), catalog.Waiting + (upstream?.Waiting ?? 0));
        return context.Response.WriteAsJsonAsync(body, WireJson.Wire.HealthBody);
    }
}
