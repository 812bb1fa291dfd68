using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Geobuk.Cli;

/// <summary>Turns Ctrl-C and polite kills into a cancellation; the second one ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
    ];

    /// <summary>Cancelled on the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>
    /// Whether a compute service asks for a checkpoint. It waits until its own deadline and then ends the process, so there is no
    /// need to hurry: a long optimizer step is worth finishing.
    /// </summary>
    public static bool IsCheckpointRequested => Environment.GetEnvironmentVariable("GEOBUK_CHECKPOINT_REQUEST") is { Length: > 0 } request && File.Exists(request);

    /// <summary>Cancels as a signal would.</summary>
    public void Request() => _source.Cancel();

    /// <summary>Ends this process now, without running anything: a hung native thread cannot stop it.</summary>
    public static void EndProcess()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        // Slurm may tell a process twice, as part of its step and of its job; a service that has waited enough kills.
        if (_source.IsCancellationRequested && !IsCheckpointRequested) EndProcess();
        signal.Cancel = true;
        _source.Cancel();
    }
}
