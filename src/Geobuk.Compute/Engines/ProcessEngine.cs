using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Runs attempts as processes of this machine, each in a session of its own that outlives the controller. A small shell script
/// takes the attempt's folder by making a folder in it, which succeeds once only, says who it is, runs the command and writes the
/// exit code down. So whoever comes back later finds out what happened, and nothing can be started twice. Where control groups can be
/// had, the script enters one first.
/// </summary>
public sealed partial class ProcessEngine : IComputeEngine
{
    private const int SigTerm = 15, SigKill = 9;

    private readonly WorkerFolders _folders;
    private readonly Action _changed;
    private readonly ControlGroups? _groups;
    private readonly IReadOnlySet<string> _cores;
    private readonly JobUsers? _users;

    /// <param name="root">Folder for what jobs leave.</param>
    /// <param name="changed">Called when a process ended.</param>
    /// <param name="groups">Control groups for the workers; null takes none.</param>
    /// <param name="cores">Nodes whose devices are cores: what runs there is shown no GPU.</param>
    /// <param name="users">As whom the commands run; null as the service itself.</param>
    public ProcessEngine(string root, Action changed, ControlGroups? groups = null, IReadOnlySet<string>? cores = null, JobUsers? users = null)
    {
        if (!OperatingSystem.IsLinux()) throw new UserInputException("geobuk compute: this system is not Linux; expected Linux for jobs on this machine. Use a pool of another engine.");
        (_folders, _changed, _groups, _cores, _users) = (new WorkerFolders(root, users), changed, groups, cores ?? new HashSet<string>(), users);
        users?.Check(_folders.Root);
    }

    /// <inheritdoc />
    public string? Confinement(string tenant) => string.Join(", ", new[] { _groups?.Confinement, _users?.Words(tenant) }.OfType<string>()) is { Length: > 0 } words ? words : null;

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = [.. ControlGroups.Settings, .. JobUsers.Settings];

    /// <inheritdoc />
    public string LogFile(long job) => _folders.LogFile(job);

    /// <inheritdoc />
    public void Start(EngineJob job)
    {
        var worker = 0;
        for (var node = 0; node < job.Nodes.Count; node++)
            for (var i = 0; i < job.Nodes[node].Value / job.Devices; i++, worker++)
                StartWorker(job, worker, job.Nodes[node].Key, job.DeviceNumbers[node].Skip(i * job.Devices).Take(job.Devices));
    }

    /// <inheritdoc />
    public EngineStatus Status(EngineJob job) => _folders.Status(job, folder => IsAlive(job, folder));

    /// <inheritdoc />
    public bool Fence(EngineJob job) => _folders.Fence(job);

    /// <inheritdoc />
    public void AskToLeave(EngineJob job)
    {
        _folders.RequestCheckpoint(job.Id);
        Signal(job, SigTerm);
    }

    /// <inheritdoc />
    public void Kill(EngineJob job)
    {
        Signal(job, SigKill);
        for (var worker = 0; worker < job.Workers; worker++)
            if (_folders.GroupOf(job, worker) is { } group) ControlGroups.Kill(group);
    }

    /// <inheritdoc />
    public Idleness? Idleness(EngineJob job) => _folders.Idleness(job);

    /// <inheritdoc />
    public CheckpointReport? Report(EngineJob job) => _folders.Report(job.Id);

    private void StartWorker(EngineJob job, int worker, string node, IEnumerable<int> devices)
    {
        var folder = _folders.Prepare(job, worker);
        var group = _groups?.Make(_folders.GroupName(job, worker), job.Devices);
        if (group is not null) _folders.Enter(job, worker, group);
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = _users is null ? _folders.WorkFolder(job) : folder, UseShellExecute = false, RedirectStandardInput = true };
        foreach (var word in new[] { "sh", _folders.ScriptFile, folder }.Concat(_folders.Command(job))) start.ArgumentList.Add(word);
        foreach (var (name, value) in _folders.Environment(job)) start.Environment[name] = value;
        start.Environment["GEOBUK_WORKER"] = worker.ToString(CultureInfo.InvariantCulture);
        start.Environment["GEOBUK_NODE"] = node;
        start.Environment["CUDA_VISIBLE_DEVICES"] = _cores.Contains(node) ? "" : string.Join(',', devices);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Exited += (_, _) =>
        {
            if (group is not null) _groups!.Sweep(group);
            _changed();
            process.Dispose();
        };
        process.Start();
        process.StandardInput.Close();
    }

    /// <summary>Every process of the session gets the signal: the script's group, of which the command is part.</summary>
    private void Signal(EngineJob job, int signal)
    {
        for (var worker = 0; worker < job.Workers; worker++)
            if (PidOf(_folders.FolderOf(job, worker)) is { } pid && IsAlive(job, _folders.FolderOf(job, worker))) _ = KillProcess(-pid, signal);
    }

    private static int? PidOf(string folder) =>
        int.TryParse(PlainFile.Read(Path.Combine(folder, "pid")), NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>Whether its script lives; numbers of processes are used again, so the environment must be the attempt's.</summary>
    private static bool IsAlive(EngineJob job, string folder)
    {
        if (PidOf(folder) is not { } pid)
            // Taken but not yet said by whom: that takes the script an instant.
            return WorkerFolders.IsYoung(folder);
        try
        {
            var environment = File.ReadAllText($"/proc/{pid}/environ");
            return environment.Contains($"GEOBUK_JOB={job.Id}\0", StringComparison.Ordinal) && environment.Contains($"GEOBUK_ATTEMPT={job.Attempt}\0", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int KillProcess(int pid, int signal);
}
