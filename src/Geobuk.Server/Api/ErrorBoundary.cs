using System.Diagnostics;
using Geobuk.Models;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace Geobuk.Server.Api;

/// <summary>The outermost step: turns every failure into the error shape of its path, and logs one line per request.</summary>
internal sealed class ErrorBoundary(ServerOptions options, ServerMetrics metrics, IHostApplicationLifetime lifetime, ILogger<ErrorBoundary> logger)
{
    /// <summary>nginx's number for a client that left; nobody reads it but the log.</summary>
    private const int ClientClosedRequest = 499;

    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var since = Stopwatch.GetTimestamp();
        context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (await RunAsync(context, next) is { } error) await WriteAsync(context, error);
        var took = Stopwatch.GetElapsedTime(since);
        metrics.Answer(Route(context), context.Request.Method, context.Response.StatusCode, took.TotalSeconds);
        ServerLog.Answered(logger, context.Request.Method, RouteName(context), context.Response.StatusCode, took.TotalMilliseconds, context.TraceIdentifier);
    }

    private async Task<ApiException?> RunAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested) return ApiException.Stopping();
            await next(context);
            return EmptyError(context);
        }
        catch (ApiException e)
        {
            return e;
        }
        catch (BadHttpRequestException e)
        {
            return new ApiException(e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? $"The body is larger than the {options.MaxBodyBytes} bytes this server takes."
                : "The request is not valid HTTP, or its body did not arrive whole.");
        }
        catch (UserInputException e)
        {
            return ApiException.Invalid(null, e.Message);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted) context.Response.StatusCode = ClientClosedRequest;
            return null;
        }
        catch (Exception e)
        {
            ServerLog.Failed(logger, e, RouteName(context), context.TraceIdentifier);
            return ApiException.Fault();
        }
    }

    /// <summary>What routing refused without a word: no such path, no such method.</summary>
    private static ApiException? EmptyError(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.StatusCode == ClientClosedRequest) return null;
        return new ApiException(response.StatusCode, response.StatusCode switch
        {
            StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}.",
            StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}.",
            _ => ReasonPhrases.GetReasonPhrase(response.StatusCode),
        });
    }

    private static async Task WriteAsync(HttpContext context, ApiException error)
    {
        var response = context.Response;
        var body = new ErrorBody(new ErrorDetail(error.Message, error.Type, error.Parameter, error.Code));
        if (response.HasStarted)
        {
            // The status is out already: a stream ends with the error as its last event, anything else is cut off.
            if (response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) is true)
                await new EventStream(response, goOn: true).SendAsync(body, WireJson.Wire.ErrorBody, context.RequestAborted);
            else context.Abort();
            return;
        }
        response.StatusCode = error.Status;
        if (error.RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString();
        if (error.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        if (context.Request.Path.StartsWithSegments("/v1"))
        {
            await response.WriteAsJsonAsync(body, WireJson.Wire.ErrorBody);
            return;
        }
        var problem = new ProblemBody("about:blank", ReasonPhrases.GetReasonPhrase(error.Status), error.Status, error.Message);
        await response.WriteAsJsonAsync(problem, WireJson.Wire.ProblemBody, "application/problem+json");
    }

    /// <summary>The pattern of the route, never the path as the client wrote it.</summary>
    private static string? Route(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;

    private static string RouteName(HttpContext context) => Route(context) ?? "(no route)";
}
