using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Geobuk.Server.Console;

/// <summary>The chat page: three files inside the assembly, no other source allowed by its content security policy.</summary>
internal static class ConsolePage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Adds the page and its parts.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", Serve("index.html", "text/html; charset=utf-8"));
        routes.MapGet("/console.css", Serve("console.css", "text/css; charset=utf-8"));
        routes.MapGet("/console.js", Serve("console.js", "text/javascript; charset=utf-8"));
        routes.MapGet("/icon.svg", Serve("icon.svg", "image/svg+xml"));
    }

    private static RequestDelegate Serve(string name, string type)
    {
        var content = Read(name);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";
        return context =>
        {
            var headers = context.Response.GetTypedHeaders();
            headers.ETag = new EntityTagHeaderValue(tag);
            // The browser asks each time, so that a new version shows at once.
            headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
            context.Response.ContentType = type;
            context.Response.ContentLength = content.Length;
            return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
        };
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(ConsolePage).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not inside the assembly");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
