using System.Diagnostics;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>A real Slurm of four fake nodes on this host; skips where Slurm is not installed, and fails in CI.</summary>
public sealed class SlurmCluster : IDisposable
{
    private readonly string _folder = "";

    public SlurmCluster()
    {
        var there = File.Exists("/usr/sbin/slurmctld") && Environment.UserName == "root";
        if (!there)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs Slurm: apt-get install slurm-wlm");
            return;
        }
        _folder = Directory.CreateTempSubdirectory("geobuk-slurm").FullName;
        Run("up");
        Conf = Path.Combine(_folder, "slurm.conf");
    }

    /// <summary>Its configuration; null where there is no Slurm.</summary>
    public string? Conf { get; }

    public void Dispose()
    {
        if (Conf is null) return;
        Run("down");
        Thread.Sleep(500);
        Directory.Delete(_folder, recursive: true);
    }

    private void Run(string action)
    {
        // Daemons keep what they inherit open, so nothing of theirs is read here.
        using var process = Process.Start(new ProcessStartInfo("bash", [TestPaths.Repository("tests", "slurm", "cluster.sh"), action, _folder]) { UseShellExecute = false })!;
        if (!process.WaitForExit(60_000) || process.ExitCode != 0) throw new InvalidOperationException($"Slurm could not be brought {action}");
    }
}
