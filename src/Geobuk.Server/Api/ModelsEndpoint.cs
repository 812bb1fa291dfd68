using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>GET /v1/models and GET /v1/models/{model}.</summary>
internal static class ModelsEndpoint
{
    /// <summary>Adds the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", ListAsync);
        routes.MapGet("/v1/models/{model}", GetAsync);
    }

    private static Task ListAsync(HttpContext context)
    {
        var catalog = context.RequestServices.GetRequiredService<ModelCatalog>();
        return context.Response.WriteAsJsonAsync(new ModelList("list", [.. catalog.All.Select(Entry)]), WireJson.Wire.ModelList);
    }

    private static Task GetAsync(HttpContext context)
    {
        var model = RequestedModel.Find(context, context.Request.RouteValues["model"] as string);
        return context.Response.WriteAsJsonAsync(Entry(model), WireJson.Wire.ModelEntry);
    }

    private static ModelEntry Entry(ServedModel model) => new(
        model.Id, "model", model.Created, "geobuk", model.Model.ContextLength, model.Dialect is not null, model.Model.ParameterCount, model.Model.FileBytes);
}
