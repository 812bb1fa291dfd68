using System.Diagnostics;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>A container that is a process of this machine in a session of its own; as in a pod, only its first process is asked to end.</summary>
internal sealed class PodProcess : IDisposable
{
    private readonly Process _process;

    public PodProcess(IEnumerable<string> command, string folder, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("setsid", command) { WorkingDirectory = folder, UseShellExecute = false };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Valid after the end; a signal that ended it counts from 128.</summary>
    public int ExitCode => _process.ExitCode;

    public void Terminate() => Signal("TERM", $"{_process.Id}");

    public void Kill() => Signal("KILL", $"-{_process.Id}");

    public void Dispose() => _process.Dispose();

    private void Signal(string name, string target)
    {
        if (_process.HasExited) return;
        using var kill = Process.Start("kill", ["-" + name, "--", target]);
        kill.WaitForExit();
    }
}
