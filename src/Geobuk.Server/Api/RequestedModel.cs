using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>Finds the model a request names.</summary>
internal static class RequestedModel
{
    /// <summary>The model of that name.</summary>
    /// <exception cref="ApiException">No name, or one that is not served.</exception>
    public static ServedModel Find(HttpContext context, string? name)
    {
        var catalog = context.RequestServices.GetRequiredService<ModelCatalog>();
        var served = catalog.All.Select(model => model.Id);
        if (string.IsNullOrEmpty(name))
            throw ApiException.Invalid("model", $"'model' is missing; expected the name of a served model. Served: {string.Join(", ", served)}.", "invalid_value");
        return catalog.Find(name) ?? throw ApiException.UnknownModel(name, served);
    }

    /// <summary>The model of that name, or without a name the only one.</summary>
    /// <exception cref="ApiException">As for <see cref="Find"/>.</exception>
    public static ServedModel FindOrOnly(HttpContext context, string? name) =>
        context.RequestServices.GetRequiredService<ModelCatalog>().All is [var only] && string.IsNullOrEmpty(name) ? only : Find(context, name);
}
