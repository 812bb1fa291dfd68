using System.Diagnostics;
using Geobuk.Compute.Tests.Engines;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Service;

/// <summary>A PostgreSQL of its own; skips where it is not installed, and fails in CI.</summary>
public sealed class PostgresServer : IDisposable
{
    private readonly string _folder = "";
    private readonly int _port;

    public PostgresServer()
    {
        if (!Directory.Exists("/usr/lib/postgresql") || Environment.UserName != "root")
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs PostgreSQL: apt-get install postgresql");
            return;
        }
        // Its socket's path may have at most 107 bytes.
        _folder = $"/tmp/geobuk-pg-{Guid.NewGuid():N}";
        _port = LocalPorts.Free();
        Run("up");
        Database = $"Host=127.0.0.1;Port={_port};Username=geobuk;Database=postgres";
    }

    /// <summary>Its connection string; null where there is none.</summary>
    public string? Database { get; }

    public void Dispose()
    {
        if (Database is null) return;
        Run("down");
        Directory.Delete(_folder, recursive: true);
    }

    private void Run(string action)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [TestPaths.Repository("tests", "postgres", "server.sh"), action, _folder, $"{_port}"]) { UseShellExecute = false })!;
        if (!process.WaitForExit(120_000) || process.ExitCode != 0)
            throw new InvalidOperationException($"PostgreSQL could not be brought {action}: {(File.Exists(_folder + ".log") ? File.ReadAllText(_folder + ".log") : "")}");
    }
}
