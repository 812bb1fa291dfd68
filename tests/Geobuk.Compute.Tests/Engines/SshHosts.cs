using System.Diagnostics;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>Hosts n1 and n2, both an sshd of this machine; skips where there is none, and fails in CI.</summary>
public sealed class SshHosts : IDisposable
{
    private const string Daemon = "/usr/sbin/sshd";

    private readonly DirectoryInfo? _folder;
    private readonly Process? _daemon;

    public SshHosts()
    {
        if (!File.Exists(Daemon) || Environment.UserName != "root")
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs sshd: apt-get install openssh-server");
            return;
        }
        _folder = Directory.CreateTempSubdirectory("geobuk-ssh");
        Directory.CreateDirectory("/run/sshd");
        foreach (var key in new[] { "host", "user" }) Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", At(key));
        var port = LocalPorts.Free();
        File.WriteAllText(At("sshd_config"), $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {At("host")}
            AuthorizedKeysFile {At("user.pub")}
            PidFile none
            PermitRootLogin prohibit-password
            StrictModes no
            UsePAM no
            MaxStartups 100:30:200
            """);
        File.WriteAllText(At("config"), $"""
            Host n1 n2
              HostName 127.0.0.1
              Port {port}
              User root
              IdentityFile {At("user")}
              IdentitiesOnly yes
              UserKnownHostsFile /dev/null
              StrictHostKeyChecking no
              LogLevel ERROR
            """);
        _daemon = Process.Start(new ProcessStartInfo(Daemon, ["-D", "-q", "-f", At("sshd_config")]) { UseShellExecute = false })!;
        for (var i = 0; i < 300 && !LocalPorts.Accepts(port); i++) Thread.Sleep(50);
    }

    /// <summary>A configuration file of ssh that knows them; null where there is no sshd.</summary>
    public string? Config => _folder is null ? null : At("config");

    public void Dispose()
    {
        if (_daemon is null) return;
        _daemon.Kill(entireProcessTree: true);
        _daemon.WaitForExit();
        _daemon.Dispose();
        _folder!.Delete(recursive: true);
    }

    private string At(string name) => Path.Combine(_folder!.FullName, name);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
