using System.Text.Json;
using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Server.Pools;

/// <summary>The API: jobs, logs, pools, tenants, use, keys, audit log. Every answer is JSON, every refusal a ProblemDetails.</summary>
internal static class ComputeEndpoints
{
    private const int LogChunk = 1 << 16, Listed = 200, MostListed = 1_000_000, DefaultWithin = 10;

    public static void Map(WebApplication app, ComputeService service, ComputeStore store)
    {
        void On(string method, string path, Func<HttpContext, ApiKey, Task> work) =>
            app.MapMethods("/compute/v1" + path, [method], context => Answer(context, store, work));

        On("POST", "/jobs", async (context, key) => await Write(context, service.Submit(await Read<JobRequest>(context), key), StatusCodes.Status201Created));
        On("GET", "/jobs", (context, key) => Write(context, new { Jobs = service.List(key, int.TryParse(context.Request.Query["latest"].FirstOrDefault(), out var latest) ? Math.Clamp(latest, 0, MostListed) : Listed) }));
        On("GET", "/jobs/{id:long}", (context, key) => Write(context, Described(service, IdOf(context), key, context.Request.Query.ContainsKey("brief"))));
        On("DELETE", "/jobs/{id:long}", (context, key) => Write(context, service.Cancel(IdOf(context), key)));
        On("GET", "/jobs/{id:long}/log", (context, key) => Log(context, service, key));
        On("GET", "/jobs/{id:long}/files", (context, key) => Write(context, new { Files = service.Files(IdOf(context), key).List() }));
        On("GET", "/jobs/{id:long}/files/{**path}", async (context, key) =>
        {
            var path = (string)context.Request.RouteValues["path"]!;
            await using var file = service.Files(IdOf(context), key).Open(path) ?? throw new KeyNotFoundException($"{path}: no plain file. geobuk compute files lists them.");
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = file.Length;
            context.Response.Headers.ContentDisposition = "attachment";
            await file.CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        On("GET", "/pools", (context, key) => Write(context, new { Pools = service.Pools(key) }));
        On("GET", "/tenants", (context, key) => Write(context, new { Tenants = service.Tenants(key) }));
        On("GET", "/usage", (context, key) => Write(context, new { Entries = service.Usage(key) }));
        On("GET", "/pools/{pool}/reconciled", (context, key) => Write(context, new { Attempts = service.Reconcile((string)context.Request.RouteValues["pool"]!, Within(context), key) }));
        On("GET", "/audit", (context, key) => Write(context, new { Entries = service.Audit(key) }));
        On("POST", "/keys", async (context, key) =>
        {
            var wanted = await Read<Grant>(context);
            await Write(context, new { Key = service.Grant(wanted.Name, wanted.Tenant, wanted.Role, key) }, StatusCodes.Status201Created);
        });
        On("GET", "/keys", (context, key) => Write(context, new { Keys = service.Keys(key).Select(known => new { Id = known.Hash[..12], known.Name, known.Tenant, known.Role }) }));
        On("DELETE", "/keys/{hash}", async (context, key) =>
        {
            service.Revoke((string)context.Request.RouteValues["hash"]!, key);
            await Write(context, new { Revoked = (string)context.Request.RouteValues["hash"]! });
        });
        On("PUT", "/pools/{pool}/nodes/{node}", async (context, key) =>
        {
            service.SetHealth((string)context.Request.RouteValues["pool"]!, (string)context.Request.RouteValues["node"]!, (await Read<Health>(context)).Healthy, key);
            await Write(context, new { Pools = service.Pools(key) });
        });
    }

    private static double Within(HttpContext context) => double.TryParse(context.Request.Query["within"].FirstOrDefault() ?? $"{DefaultWithin}", System.Globalization.CultureInfo.InvariantCulture, out var within) ? within : double.NaN;

    private static long IdOf(HttpContext context) => long.Parse((string)context.Request.RouteValues["id"]!, System.Globalization.CultureInfo.InvariantCulture);

    private static object Described(ComputeService service, long id, ApiKey key, bool isBrief)
    {
        var job = service.Visible(id, key);
        return service.Explain(id, key, isBrief) is { } waiting
            ? new { Job = job, Why = (object?)waiting.Why, StartsFrom = (double?)waiting.From, StartsUntil = (double?)waiting.To }
            : new { Job = job, Why = (object?)null, StartsFrom = (double?)null, StartsUntil = (double?)null };
    }

    /// <summary>What was printed from a place on; the header says where to go on.</summary>
    private static async Task Log(HttpContext context, ComputeService service, ApiKey key)
    {
        var path = service.LogFile(IdOf(context), key);
        if (!long.TryParse(context.Request.Query["offset"].FirstOrDefault() ?? "0", out var offset) || offset < 0) throw new UserInputException($"offset: {context.Request.Query["offset"]}; expected 0 or more.");
        context.Response.ContentType = "text/plain; charset=utf-8";
        var chunk = Array.Empty<byte>();
        if (PlainFile.Open(path) is { } file)
        {
            await using var opened = file;
            file.Seek(Math.Min(offset, file.Length), SeekOrigin.Begin);
            chunk = new byte[Math.Min(LogChunk, file.Length - file.Position)];
            await file.ReadExactlyAsync(chunk, context.RequestAborted);
        }
        context.Response.Headers["X-Next-Offset"] = (offset + chunk.Length).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
    }

    private static async Task Answer(HttpContext context, ComputeStore store, Func<HttpContext, ApiKey, Task> work)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            var presented = context.Request.Headers.Authorization.ToString();
            var key = presented.StartsWith("Bearer ", StringComparison.Ordinal) ? store.Keys().FirstOrDefault(known => known.Hash == ApiKey.HashOf(presented["Bearer ".Length..].Trim())) : null;
            if (key is null) await Problem(context, StatusCodes.Status401Unauthorized, "no such key", "Authorization: no key that is known here; expected Bearer and a key. An operator gives keys out.");
            else await work(context, key);
        }
        catch (UserInputException fault)
        {
            await Problem(context, StatusCodes.Status400BadRequest, "the request is wrong", fault.Message);
        }
        catch (JsonException fault)
        {
            await Problem(context, StatusCodes.Status400BadRequest, "the request is wrong", $"body: {fault.Message}");
        }
        catch (KeyNotFoundException fault)
        {
            await Problem(context, StatusCodes.Status404NotFound, "not found", fault.Message);
        }
        catch (AccessDeniedException fault)
        {
            await Problem(context, StatusCodes.Status403Forbidden, "not allowed", fault.Message);
        }
    }

    private static Task Problem(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return Write(context, new { Type = "about:blank", Title = title, Status = status, Detail = detail }, status, "application/problem+json");
    }

    private static async Task<T> Read<T>(HttpContext context) =>
        await JsonSerializer.DeserializeAsync<T>(context.Request.Body, RecipeJson.Options, context.RequestAborted) ?? throw new UserInputException("body: empty; expected a JSON object.");

    private static Task Write(HttpContext context, object value, int status = StatusCodes.Status200OK, string type = "application/json; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, RecipeJson.Options), context.RequestAborted).AsTask();
    }

    private sealed record Grant(string Name, string Tenant, Role Role);

    private sealed record Health(bool Healthy);
}
