using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Geobuk.Server.Hosting;

/// <summary>Sends the spans of generations to an OpenTelemetry collector, by OTLP over HTTP, in the background; what a collector does not take is lost and disturbs nobody.</summary>
/// <param name="collector">The collector's address; /v1/traces is added where it has no path.</param>
internal sealed class TraceExport(Uri collector) : IHostedService
{
    /// <summary>Name of the spans' source.</summary>
    public const string SourceName = "Geobuk.Server";

    private TracerProvider? _provider;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(SourceName)
            // The web server's own span above ours is not recorded, and must not decide.
            .SetSampler(new AlwaysOnSampler())
            .ConfigureResource(resource => resource.AddService("geobuk"))
            .AddOtlpExporter(exporter => (exporter.Protocol, exporter.Endpoint) = (OtlpExportProtocol.HttpProtobuf, Traces))
            .Build();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _provider?.Dispose();
        return Task.CompletedTask;
    }

    private Uri Traces => collector.AbsolutePath == "/" ? new Uri(collector, "/v1/traces") : collector;
}
