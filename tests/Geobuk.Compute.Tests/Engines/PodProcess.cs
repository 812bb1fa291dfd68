using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>
/// A container that is a process of this machine in a session of its own; as in a pod, only its first process is asked to end, how long it may then
/// take cannot be cut short, and $(NAME) and $$ in its command and environment are read as Kubernetes reads them.
/// </summary>
internal sealed partial class PodProcess : IDisposable
{
    private readonly Process _process;
    private DateTime? _killAt;

    public PodProcess(IEnumerable<string> command, string folder, IEnumerable<(string Name, string Value)> environment)
    {
        var variables = new Dictionary<string, string>();
        foreach (var (name, value) in environment) variables[name] = Expand(value, variables);
        var start = new ProcessStartInfo("setsid", command.Select(word => Expand(word, variables))) { WorkingDirectory = folder, UseShellExecute = false };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Valid after the end; a signal that ended it counts from 128.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Asked to end; killed by <see cref="Look"/> once its grace is over.</summary>
    public void Terminate(double graceSeconds)
    {
        if (_killAt is not null) return;
        _killAt = DateTime.UtcNow.AddSeconds(graceSeconds);
        Signal("TERM", $"{_process.Id}");
    }

    public void Look()
    {
        if (_killAt <= DateTime.UtcNow) Kill();
    }

    public void Kill() => Signal("KILL", $"-{_process.Id}");

    public void Dispose() => _process.Dispose();

    private void Signal(string name, string target)
    {
        if (_process.HasExited) return;
        using var kill = Process.Start("kill", ["-" + name, "--", target]);
        kill.WaitForExit();
    }

    private static string Expand(string text, Dictionary<string, string> variables) => Reference().Replace(text, match => match.Value == "$$" ? "$" : variables.GetValueOrDefault(match.Groups["name"].Value, match.Value));

    [GeneratedRegex(@"\$\$|\$\((?<name>[^)]*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
