namespace Geobuk.Server.Pools;

/// <summary>The page of the pools: three files inside the assembly, no other source allowed.</summary>
internal static class PoolPage
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", Serve("pools.html", "text/html; charset=utf-8"));
        routes.MapGet("/pools.css", Serve("pools.css", "text/css; charset=utf-8"));
        routes.MapGet("/pools.js", Serve("pools.js", "text/javascript; charset=utf-8"));
    }

    private static RequestDelegate Serve(string name, string type)
    {
        using var stream = typeof(PoolPage).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not inside the assembly");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return context =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.ContentType = type;
            return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
        };
    }
}
