using System.Net;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// Who may ask. With a key file, /v1 and /metrics need a key. Without one, a server that listens on this machine alone also
/// refuses foreign host names, or a web page could reach it by pointing its own name at 127.0.0.1 (DNS rebinding).
/// </summary>
internal sealed class AccessCheck(ServerOptions options, ApiKeys? keys)
{
    private readonly bool _localNamesOnly = keys is null && options.IsLoopbackOnly;

    /// <summary>Lets the request pass or refuses it.</summary>
    /// <exception cref="ApiException">401 without a known key, 403 for a foreign host name.</exception>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_localNamesOnly && !IsLocal(context.Request.Host.Host))
            throw new ApiException(StatusCodes.Status403Forbidden, "This server answers to localhost and 127.0.0.1 only. To use another name give it --api-keys FILE.") { Code = "host_not_allowed" };
        var key = keys is null ? ApiKey.Anonymous(context.Connection.RemoteIpAddress?.ToString() ?? "") : NeedsKey(context.Request.Path) ? CheckKey(context.Request) : null;
        context.Features.Set(key);
        return next(context);
    }

    private ApiKey CheckKey(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        var presented = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        var key = (presented.Length == 0 ? null : keys!.Find(presented)) ?? throw ApiException.Unauthorized(presented.Length > 0);
        var metrics = request.Path.StartsWithSegments("/metrics");
        if (key.Role == (metrics ? ApiRole.User : ApiRole.Metrics)) throw ApiException.Forbidden(metrics ? "read metrics" : "ask models");
        return key;
    }

    private static bool NeedsKey(PathString path) =>
        path.StartsWithSegments("/v1") || path.StartsWithSegments("/metrics");

    private static bool IsLocal(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
