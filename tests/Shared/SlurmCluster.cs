using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Geobuk.Tests;

/// <summary>A real Slurm of four fake nodes on this host; skips where Slurm is not installed, and fails in CI.</summary>
public class SlurmCluster : IDisposable
{
    private const int Ports = 8, RestPort = 5, FirstPort = 17_000, LastPort = 27_000;

    private readonly string _folder = "";
    private readonly int _port;
    private readonly bool _accounts;

    public SlurmCluster()
        : this(accounts: false)
    {
    }

    /// <param name="accounts">Whether it keeps accounts, for which slurmdbd and MariaDB must be there.</param>
    protected SlurmCluster(bool accounts)
    {
        _accounts = accounts;
        var there = File.Exists("/usr/sbin/slurmctld") && Environment.UserName == "root";
        if (!there)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs Slurm: apt-get install slurm-wlm");
            return;
        }
        if (accounts && !(File.Exists("/usr/sbin/slurmdbd") && File.Exists("/usr/sbin/mariadbd")))
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs Slurm's accounting: apt-get install slurmdbd mariadb-server");
            return;
        }
        var rest = File.Exists("/usr/sbin/slurmrestd");
        if (!rest && Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs Slurm's REST interface: apt-get install slurmrestd slurm-wlm-jwt-plugin");
        _folder = Directory.CreateTempSubdirectory("geobuk-slurm").FullName;
        _port = FreePorts();
        Run("up");
        Conf = Path.Combine(_folder, "slurm.conf");
        if (rest) (Rest, Token) = ($"http://127.0.0.1:{_port + RestPort}", Path.Combine(_folder, "token"));
    }

    /// <summary>Its configuration; null where there is no Slurm.</summary>
    public string? Conf { get; }

    /// <summary>Where its slurmrestd listens; null where there is none.</summary>
    public string? Rest { get; }

    /// <summary>A file with the calling user's token.</summary>
    public string Token { get; } = "";

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (Conf is null) return;
        Run("down");
        Thread.Sleep(500);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Gives one of Slurm's commands.</summary>
    public void Command(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["SLURM_CONF"] = Conf;
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
    }

    private void Run(string action)
    {
        // Daemons keep what they inherit open, so nothing of theirs is read here.
        var start = new ProcessStartInfo("bash", [TestPaths.Repository("tests", "slurm", "cluster.sh"), action, _folder, $"{_port}"]) { UseShellExecute = false };
        if (_accounts) start.Environment["ACCOUNTING"] = "1";
        using var process = Process.Start(start)!;
        if (!process.WaitForExit(60_000) || process.ExitCode != 0) throw new InvalidOperationException($"Slurm could not be brought {action}");
    }

    /// <summary>The first of as many ports in a row as a cluster needs, so that several can be up on one host.</summary>
    private static int FreePorts()
    {
        for (var port = Random.Shared.Next(FirstPort, LastPort); ; port = Random.Shared.Next(FirstPort, LastPort))
            if (Enumerable.Range(port, Ports).All(IsFree)) return port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
