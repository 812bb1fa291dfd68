using System.Diagnostics;
using System.Globalization;
using System.Text;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Runs attempts on plain hosts through ssh, such as rented machines without any scheduler. A pool's nodes are hosts as ssh knows
/// them (its configuration file says how to reach each), and all of them see the service's folder under the same path. On each host a
/// worker is a session of its own that outlives the connection; who is alive there is asked once for all of a host's workers.
/// </summary>
public sealed class SshEngine : IComputeEngine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookAge = TimeSpan.FromSeconds(1);

    private readonly WorkerFolders _folders;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly IReadOnlySet<string> _cores;
    private readonly Dictionary<string, (DateTime At, string Alive)> _looks = [];

    /// <param name="root">Folder for what jobs leave, which all hosts see under the same path.</param>
    /// <param name="settings">config: a file for ssh -F, the user's own by default.</param>
    /// <param name="cores">Nodes whose devices are cores: what runs there is shown no GPU.</param>
    public SshEngine(string root, IReadOnlyDictionary<string, string> settings, IReadOnlySet<string>? cores = null)
    {
        (_folders, _settings, _cores) = (new WorkerFolders(root), settings, cores ?? new HashSet<string>());
        if (settings.TryGetValue("config", out var file) && !File.Exists(file)) throw new UserInputException($"engine_settings.config: {file} does not exist; expected a configuration file of ssh. Leave it out to use your own.");
    }

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["config"];

    /// <inheritdoc />
    public string LogFile(long job) => _folders.LogFile(job);

    /// <inheritdoc />
    public Idleness? Idleness(EngineJob job) => _folders.Idleness(job);

    /// <inheritdoc />
    public CheckpointReport? Report(EngineJob job) => _folders.Report(job.Id);

    /// <inheritdoc />
    public void Start(EngineJob job)
    {
        foreach (var (host, workers) in WorkersOf(job))
        {
            var script = new StringBuilder();
            foreach (var (name, value) in _folders.Environment(job)) script.Append("export ").Append(name).Append('=').Append(Shell.Quoted(value)).Append('\n');
            script.Append("export GEOBUK_NODE=").Append(Shell.Quoted(host)).Append("\ncd ").Append(Shell.Quoted(_folders.WorkFolder(job))).Append(" || exit 1\n");
            foreach (var (worker, devices) in workers)
            {
                script.Append(CultureInfo.InvariantCulture, $"GEOBUK_WORKER={worker} CUDA_VISIBLE_DEVICES={(_cores.Contains(host) ? "" : string.Join(',', devices))} setsid sh {Shell.Quoted(_folders.ScriptFile)} {Shell.Quoted(_folders.Prepare(job, worker))} ");
                script.AppendJoin(' ', job.Command.Select(Shell.Quoted)).Append(" > /dev/null 2>&1 < /dev/null &\n");
            }
            _looks.Remove(host);
            Ask(host, script.ToString());
        }
    }

    /// <inheritdoc />
    public EngineStatus Status(EngineJob job)
    {
        var hosts = WorkersOf(job).SelectMany(host => host.Workers.Select(worker => (Folder: _folders.FolderOf(job, worker.Worker), host.Host))).ToDictionary(pair => pair.Folder, pair => pair.Host);
        // A session that has just begun, or left its exit code an instant ago, does not count as lost.
        return _folders.Status(job, folder => IsAlive(hosts[folder], folder) || WorkerFolders.IsYoung(folder));
    }

    /// <inheritdoc />
    public bool Fence(EngineJob job) => _folders.Fence(job);

    /// <inheritdoc />
    public void AskToLeave(EngineJob job)
    {
        _folders.RequestCheckpoint(job.Id);
        Signal(job, "TERM");
    }

    /// <inheritdoc />
    public void Kill(EngineJob job) => Signal(job, "KILL");

    private static List<(string Host, List<(int Worker, IEnumerable<int> Devices)> Workers)> WorkersOf(EngineJob job)
    {
        var (hosts, next) = (new List<(string, List<(int, IEnumerable<int>)>)>(), 0);
        for (var node = 0; node < job.Nodes.Count; node++)
        {
            var devices = job.DeviceNumbers[node];
            hosts.Add((job.Nodes[node].Key, [.. Enumerable.Range(0, job.Nodes[node].Value / job.Devices).Select(i => (next++, devices.Skip(i * job.Devices).Take(job.Devices)))]));
        }
        return hosts;
    }

    /// <summary>Every process of each worker's session, of which its script is the first.</summary>
    private void Signal(EngineJob job, string signal)
    {
        foreach (var (host, workers) in WorkersOf(job))
        {
            var script = new StringBuilder();
            foreach (var (worker, _) in workers)
            {
                var folder = Shell.Quoted(_folders.FolderOf(job, worker));
                script.Append($"p=$(cat {folder}/pid) && test ! -e {folder}/exit && grep -qzxF {folder} /proc/$p/cmdline && kill -s {signal} -- -$p\n");
            }
            Ask(host, script + "exit 0\n");
        }
    }

    /// <summary>Whether the script of a worker's folder runs on a host, as of a second ago.</summary>
    private bool IsAlive(string host, string folder)
    {
        if (!_looks.TryGetValue(host, out var look) || DateTime.UtcNow - look.At > LookAge)
            _looks[host] = look = (DateTime.UtcNow, Ask(host, $"cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' '\\n' | grep -F {Shell.Quoted(_folders.Root + "/")}\nexit 0\n"));
        return look.Alive.Split('\n').Contains(folder);
    }

    /// <summary>Has a host's shell do something and gives what it printed.</summary>
    /// <exception cref="IOException">The host does not answer, or could not.</exception>
    private string Ask(string host, string script)
    {
        var start = new ProcessStartInfo("ssh");
        if (_settings.TryGetValue("config", out var file)) foreach (var word in new[] { "-F", file }) start.ArgumentList.Add(word);
        foreach (var word in new[] { "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T", "--", host, "sh", "-s" }) start.ArgumentList.Add(word);
        var (code, output, errors) = Shell.Run(start, script, Patience, $"ssh {host}", "expected a shell. Try it by hand.", "expected the program on this machine. Install the package openssh-client.");
        return code == 0 ? output : throw new IOException($"ssh {host}: {errors} (exit code {code.ToString(CultureInfo.InvariantCulture)})");
    }
}
