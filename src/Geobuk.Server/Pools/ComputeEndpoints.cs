using System.Text.Json;
using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Service;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Server.Pools;

/// <summary>The API: jobs, logs, pools, tenants, use, keys, audit log. Every answer is JSON, every refusal a ProblemDetails.</summary>
internal static class ComputeEndpoints
{
    private const int LogChunk = 1 << 16, Listed = 200, MostListed = 1000, MostOnPage = 1000, LedgerPage = 5000, Page = 25, MostHours = 24 * 366, Hours = 48, DefaultWithin = 10;
    private const string Prefix = "/compute/v1";
    private static readonly JsonSerializerOptions Korean = new(RecipeJson.Options) { Converters = { new StatementJson(Language.Korean) } };

    public static void Map(WebApplication app, ComputeService service)
    {
        var reasons = new WaitingReasons(TimeProvider.System);
        void On(string method, string path, Func<HttpContext, ApiKey, Task> work) =>
            app.MapMethods(Prefix + path, [method], context => Answer(context, service, work));

        On("POST", "/jobs", async (context, key) => await Write(context, service.Submit(await Read<JobRequest>(context), key), StatusCodes.Status201Created));
        On("GET", "/jobs", (context, key) => context.Request.Query.ContainsKey("view") ? JobsOf(context, service, reasons, key) : Write(context, new { Jobs = service.List(key, (int)Number(context, "latest", Listed, 0, MostListed)) }));
        On("GET", "/jobs/{id:long}", (context, key) => Write(context, Described(service.Visible(IdOf(context), key), service.Explain(IdOf(context), key, context.Request.Query.ContainsKey("brief")))));
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
        On("GET", "/usage", (context, key) =>
        {
            var (entries, next) = service.Usage(Number(context, "beyond", 0, 0, long.MaxValue), LedgerPage, key);
            return Write(context, new { Entries = entries, Next = next });
        });
        On("GET", "/usage/hours", (context, key) => Write(context, new { Hours = service.UsedHours((int)Number(context, "last", Hours, 1, MostHours), key) }));
        On("GET", "/pools/{pool}/reconciled", (context, key) => Write(context, new { Attempts = service.Reconcile((string)context.Request.RouteValues["pool"]!, Within(context), key) }));
        On("GET", "/audit", (context, key) => Write(context, new { Entries = service.Audit(key, Number(context, "before", long.MaxValue, 1, long.MaxValue)) }));
        On("POST", "/keys", async (context, key) =>
        {
            var wanted = await Read<Grant>(context);
            await Write(context, new { Key = service.Grant(wanted.Name, wanted.Tenant, wanted.Role, key, wanted.Expires) }, StatusCodes.Status201Created);
        });
        On("GET", "/keys", (context, key) => Write(context, new { Keys = service.Keys(key).Select(known => new { known.Id, known.Name, known.Tenant, known.Role, known.Expires }) }));
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
        app.MapFallback(Prefix + "/{**rest}", context => Problem(context, StatusCodes.Status404NotFound, "not found", $"{context.Request.Method} {context.Request.Path}: there is no such call. docs/compute.md names them."));
    }

    /// <summary>A whole number of the query.</summary>
    private static long Number(HttpContext context, string name, long otherwise, long least, long most)
    {
        var text = context.Request.Query[name].FirstOrDefault();
        if (text is null) return otherwise;
        return long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number : throw new UserInputException($"{name}: {text}; expected a whole number from {least} to {most}.");
    }

    private static Task JobsOf(HttpContext context, ComputeService service, WaitingReasons reasons, ApiKey key)
    {
        var query = context.Request.Query;
        // The parser would take numbers and lists, too.
        if (!Enum.GetNames<JobView>().Contains(query["view"].ToString(), StringComparer.OrdinalIgnoreCase) || !Enum.TryParse<JobView>(query["view"], ignoreCase: true, out var view))
            throw new UserInputException($"view: {query["view"]}; expected one of {string.Join(", ", Enum.GetNames<JobView>()).ToLowerInvariant()}.");
        var beyond = query.ContainsKey("beyond") ? Number(context, "beyond", 0, 0, long.MaxValue) : (long?)null;
        var page = service.Page(new JobQuery(view, query["text"].ToString(), beyond, (int)Number(context, "limit", Page, 1, MostOnPage)), key);
        return Write(context, new { Jobs = page.Jobs.Select(job => Described(job, job.Phase == JobPhase.Pending ? reasons.Of(job.Id, () => service.Explain(job.Id, key, isBrief: true)) : null)), page.Next, page.Matched, page.Running, page.Pending });
    }

    private static double Within(HttpContext context) => double.TryParse(context.Request.Query["within"].FirstOrDefault() ?? $"{DefaultWithin}", System.Globalization.CultureInfo.InvariantCulture, out var within) ? within : double.NaN;

    private static long IdOf(HttpContext context) => long.Parse((string)context.Request.RouteValues["id"]!, System.Globalization.CultureInfo.InvariantCulture);

    private static object Described(JobRecord job, (Explanation Why, double From, double To)? waits) =>
        waits is { } waiting
            ? new { Job = job, Why = (object?)waiting.Why, StartsFrom = (double?)waiting.From, StartsUntil = (double?)waiting.To }
            : new { Job = job, Why = (object?)null, StartsFrom = (double?)null, StartsUntil = (double?)null };

    /// <summary>What was printed from a place on; the header says where to go on.</summary>
    private static async Task Log(HttpContext context, ComputeService service, ApiKey key)
    {
        var path = service.LogFile(IdOf(context), key);
        var offset = Number(context, "offset", 0, 0, long.MaxValue - LogChunk);
        var tail = context.Request.Query.ContainsKey("tail") ? Number(context, "tail", LogChunk, 0, LogChunk) : (long?)null;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var chunk = Array.Empty<byte>();
        if (PlainFile.Open(path) is { } file)
        {
            await using var opened = file;
            if (tail is { } last) offset = Math.Max(0, file.Length - last);
            file.Seek(Math.Min(offset, file.Length), SeekOrigin.Begin);
            chunk = new byte[Math.Min(LogChunk, file.Length - file.Position)];
            await file.ReadExactlyAsync(chunk, context.RequestAborted);
            // A letter of several bytes is given whole; what comes first at a place in the middle of one is left out.
            if (tail is not null && offset > 0)
            {
                var begins = Array.FindIndex(chunk, one => (one & 0xC0) != 0x80);
                if (begins is > 0 and < 4) (chunk, offset) = (chunk[begins..], offset + begins);
            }
            chunk = chunk[..Whole(chunk)];
        }
        context.Response.Headers["X-Next-Offset"] = (offset + chunk.Length).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
    }

    /// <summary>How many bytes of a piece are whole letters of UTF-8; all of them where it does not end as one begins.</summary>
    private static int Whole(ReadOnlySpan<byte> piece)
    {
        for (var back = 1; back <= Math.Min(3, piece.Length); back++)
        {
            var one = piece[^back];
            if ((one & 0xC0) == 0x80) continue;
            var needs = one switch { >= 0xF0 and < 0xF8 => 4, >= 0xE0 and < 0xF0 => 3, >= 0xC0 and < 0xE0 => 2, _ => 1 };
            // A file that ends so and does not grow must not be asked for for ever.
            return needs > back && piece.Length > back ? piece.Length - back : piece.Length;
        }
        return piece.Length;
    }

    private static async Task Answer(HttpContext context, ComputeService service, Func<HttpContext, ApiKey, Task> work)
    {
        context.Response.Headers.CacheControl = "no-store";
        var (request, from) = (context.Request, context.Connection.RemoteIpAddress?.ToString() ?? "nowhere");
        var what = $"{request.Method} {request.Path}";
        ApiKey? key = null;
        try
        {
            var presented = request.Headers.Authorization.ToString();
            var secret = presented.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? presented["Bearer ".Length..].Trim() : "";
            key = secret.Length > 0 ? service.Known(secret) : null;
            if (key is null)
            {
                if (secret.Length > 0) service.NoteRefusal(null, what, $"key {ApiKey.IdOf(ApiKey.HashOf(secret))} is not known, from {from}");
                await Problem(context, StatusCodes.Status401Unauthorized, "no such key", "Authorization: no key that is known here, or one whose time is over; expected Bearer and a key. An operator gives keys out.");
                return;
            }
            service.NoteUse(key, from);
            await work(context, key);
        }
        catch (UserInputException fault)
        {
            await Problem(context, StatusCodes.Status400BadRequest, "the request is wrong", fault.Message);
        }
        catch (JsonException fault)
        {
            await Problem(context, StatusCodes.Status400BadRequest, "the request is wrong", $"body: {StrictJson.Explain(fault)}");
        }
        catch (BadHttpRequestException fault)
        {
            await Problem(context, fault.StatusCode, "the request is wrong", fault.StatusCode == StatusCodes.Status413PayloadTooLarge ? $"body: longer than {ComputeServer.MostBody} bytes; expected less. Put what is long into a file." : $"body: {fault.Message}");
        }
        catch (TooManyException fault)
        {
            await Problem(context, StatusCodes.Status429TooManyRequests, "too many", fault.Message);
        }
        catch (ServiceUnavailableException fault)
        {
            await Problem(context, StatusCodes.Status503ServiceUnavailable, "not now", fault.Message);
        }
        catch (Exception fault) when (!context.Response.HasStarted && fault is System.Data.Common.DbException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            await Problem(context, StatusCodes.Status503ServiceUnavailable, "not now", $"{what}: {fault.Message}");
        }
        catch (KeyNotFoundException fault)
        {
            // Who may not know that something is there tried to change it, perhaps.
            if (!HttpMethods.IsGet(request.Method)) service.NoteRefusal(key, what, $"{fault.Message} From {from}");
            await Problem(context, StatusCodes.Status404NotFound, "not found", fault.Message);
        }
        catch (AccessDeniedException fault)
        {
            service.NoteRefusal(key, what, $"{fault.Message} From {from}");
            await Problem(context, StatusCodes.Status403Forbidden, "not allowed", fault.Message);
        }
    }

    private static Task Problem(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return Write(context, new { Type = "about:blank", Title = title, Status = status, Detail = detail }, status, "application/problem+json");
    }

    private static async Task<T> Read<T>(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, StrictJson.Options, context.RequestAborted) ?? throw new UserInputException("body: empty; expected a JSON object.");
        }
        catch (IOException fault) when (fault is not BadHttpRequestException)
        {
            throw new UserInputException($"body: {fault.Message} Expected a JSON object, whole.", fault);
        }
    }

    private static Task Write(HttpContext context, object value, int status = StatusCodes.Status200OK, string type = "application/json; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, Spoken(context.Request) == Language.Korean ? Korean : RecipeJson.Options), context.RequestAborted).AsTask();
    }

    /// <summary>The language of the answer: of Korean and English the one that the caller likes better, English where it names neither.</summary>
    private static Language Spoken(HttpRequest request) =>
        request.GetTypedHeaders().AcceptLanguage.Where(one => one.Quality is not 0).OrderByDescending(one => one.Quality ?? 1).Select(one => one.Value.ToString().Split('-')[0].ToLowerInvariant()).FirstOrDefault(one => one is "ko" or "en") == "ko"
            ? Language.Korean : Language.English;

    private sealed record Grant
    {
        public required string Name { get; init; }

        public required string Tenant { get; init; }

        public Role Role { get; init; }

        public double? Expires { get; init; }
    }

    private sealed record Health
    {
        public required bool Healthy { get; init; }
    }
}
