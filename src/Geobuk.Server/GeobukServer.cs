using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Server.Api;
using Geobuk.Server.Console;
using Geobuk.Server.Hosting;
using Microsoft.Extensions.Logging.Console;

namespace Geobuk.Server;

/// <summary>The OpenAI-compatible server and its chat page.</summary>
public static class GeobukServer
{
    /// <summary>Opens the models, serves them until told to stop, and closes them.</summary>
    /// <param name="models">GGUF files or Hugging Face folders.</param>
    /// <param name="options">Host settings.</param>
    /// <param name="cancellationToken">Stops the server, as an interrupt or SIGTERM does.</param>
    /// <exception cref="UserInputException">A model or a setting is wrong, or an address cannot be had.</exception>
    public static async Task RunAsync(IReadOnlyList<string> models, ServerOptions options, CancellationToken cancellationToken = default)
    {
        options.Validate();
        ModelCatalog.Check(models.Count, options);
        // What is wrong with a file is said before minutes go into opening models.
        if (options.ApiKeysFile is { } keys) ApiKeys.Load(keys);
        if (options.CertificateFile is { } certificate) TlsCertificate.Load(certificate, options.CertificateKeyFile);
        var served = new List<ServedModel>();
        try
        {
            // What memory delivers is the limit of decoding; the metrics tell what part of it is reached.
            var bandwidth = models.Count > 0 ? MemoryBandwidth.Measure(options.Threads ?? Environment.ProcessorCount, bytes: 128 << 20, rounds: 3) : 0;
            foreach (var path in models) served.Add(ServedModel.Load(path, options, bandwidth));
            await using var app = Build(served, options);
            await StartAsync(app, cancellationToken);
            await app.WaitForShutdownAsync(cancellationToken);
        }
        finally
        {
            foreach (var model in served) model.Dispose();
        }
    }

    /// <summary>A server for these models, not yet started. Who made the models disposes them after the server.</summary>
    /// <exception cref="UserInputException">A setting is wrong, no model is given, or two have one name.</exception>
    public static WebApplication Build(IReadOnlyList<ServedModel> models, ServerOptions options)
    {
        options.Validate();
        var keys = options.ApiKeysFile is { } file ? ApiKeys.Load(file) : null;
        // The empty builder reads no settings file and no environment: what the server does is what the options say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "geobuk" });
        ConfigureHost(builder, options);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(new ModelCatalog(models, options));
        builder.Services.AddSingleton<ServerMetrics>();
        builder.Services.AddSingleton<Responder>();
        builder.Services.AddSingleton<TextReading>();
        builder.Services.AddSingleton<Drain>();
        if (options.Upstream is not null) builder.Services.AddSingleton<UpstreamEndpoint>();
        builder.Services.AddSingleton<ErrorBoundary>();
        if (options.TraceEndpoint is { } collector) builder.Services.AddHostedService(_ => new TraceExport(collector));
        var app = builder.Build();
        foreach (var url in options.Urls) app.Urls.Add(url);
        // Another server has these where it has them.
        if (options.Upstream is null) app.Use(TokenizeEndpoint.RenameAsync);
        app.UseRouting();
        app.Use(app.Services.GetRequiredService<ErrorBoundary>().InvokeAsync);
        app.Use(new AccessCheck(options, keys).InvokeAsync);
        MapEndpoints(app, options);
        Announce(app, models, options, keys is null);
        return app;
    }

    private static void ConfigureHost(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        });
        if (options.CertificateFile is { } certificate) TlsCertificate.Load(certificate, options.CertificateKeyFile).Show(builder);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownGrace + Drain.Farewell);
        builder.Logging.SetMinimumLevel(options.Quiet ? LogLevel.Warning : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            // An address that cannot be had is the user's to read, as one line and not as a stack trace.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        // Standard output belongs to results; whoever pipes it does not want the log in it.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void MapEndpoints(WebApplication app, ServerOptions options)
    {
        HealthEndpoint.Map(app);
        MetricsEndpoint.Map(app);
        ConsolePage.Map(app);
        if (options.Upstream is not null)
        {
            UpstreamEndpoint.Map(app);
            return;
        }
        ModelsEndpoint.Map(app);
        CompletionsEndpoint.Map(app);
        ChatCompletionsEndpoint.Map(app);
        ResponsesEndpoint.Map(app);
        EmbeddingsEndpoint.Map(app);
        TokenizeEndpoint.Map(app);
    }

    private static void Announce(WebApplication app, IReadOnlyList<ServedModel> models, ServerOptions options, bool isOpen)
    {
        var logger = app.Logger;
        foreach (var served in models)
        {
            var model = served.Model;
            ServerLog.Serving(logger, served.Id, model.ParameterCount, model.ContextLength, model.KernelPath, model.LoadTime.TotalSeconds);
            if (served.ChatTemplateProblem is { } problem) ServerLog.NoChat(logger, served.Id, problem);
        }
        if (isOpen && !options.IsLoopbackOnly) ServerLog.OpenToAll(logger);
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            foreach (var url in app.Urls) ServerLog.Listening(logger, url);
        });
        app.Lifetime.ApplicationStopping.Register(() => ServerLog.Stopping(logger, options.ShutdownGrace.TotalSeconds));
    }

    private static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new UserInputException($"--urls: {e.Message} Choose another port or stop who has it.", e);
        }
    }
}
