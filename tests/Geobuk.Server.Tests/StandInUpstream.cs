using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Geobuk.Server.Tests;

/// <summary>Another model server, which answers every completion as a test has it.</summary>
internal sealed class StandInUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StandInUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<StandInUpstream> StartAsync(RequestDelegate answer)
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/{**any}", answer);
        await app.StartAsync();
        return new StandInUpstream(app);
    }

    /// <summary>Sends something of a stream at once.</summary>
    public static async Task SendAsync(HttpContext context, string text)
    {
        if (!context.Response.HasStarted) context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(text, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }
}
