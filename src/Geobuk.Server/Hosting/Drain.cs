namespace Geobuk.Server.Hosting;

/// <summary>How a server that was told to stop ends: answers go on for a while, and those that are not done then are told so.</summary>
internal sealed class Drain : IDisposable
{
    /// <summary>Left after the time is up, for the last events to reach their clients.</summary>
    public static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenRegistration _stopping;

    /// <summary>Waits for the server to be told.</summary>
    public Drain(ServerOptions options, IHostApplicationLifetime lifetime)
    {
        Grace = options.ShutdownGrace;
        _stopping = lifetime.ApplicationStopping.Register(() => _over.CancelAfter(Grace));
    }

    /// <summary>How long answers may go on.</summary>
    public TimeSpan Grace { get; }

    /// <summary>Cancelled when the time is up.</summary>
    public CancellationToken Over => _over.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _over.Dispose();
    }
}
