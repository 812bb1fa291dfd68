using System.Text;
using Geobuk.Compute.Wording;
using Geobuk.Recipes;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Runs attempts through a Slurm cluster that shares a file system with the service, by its REST interface or by its commands. The
/// service decides who runs where and gives Slurm the nodes; Slurm starts, confines and ends the processes. Requeueing is the
/// service's own, since Slurm holds a requeued job back for as long as its credential lives.
/// </summary>
public sealed class SlurmEngine : IComputeEngine
{
    private static readonly TimeSpan QueueAge = TimeSpan.FromMilliseconds(300);

    private readonly WorkerFolders _folders;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly ISlurm _slurm;
    private IReadOnlyDictionary<string, string?> _queue = new Dictionary<string, string?>();
    private DateTime _queueAt;

    /// <param name="root">Folder for what jobs leave, on a file system that the nodes see.</param>
    /// <param name="settings">
    /// partition; kind: the type of the GPUs; gpus: false where devices are cores. By REST: rest, the address of slurmrestd; user;
    /// token_file. By commands: conf, a slurm.conf other than the system's.
    /// </param>
    public SlurmEngine(string root, IReadOnlyDictionary<string, string> settings)
    {
        (_folders, _settings) = (new WorkerFolders(root), settings);
        if (settings.TryGetValue("rest", out var address)) _slurm = new SlurmRest(address, settings.GetValueOrDefault("user") ?? Environment.UserName, settings.GetValueOrDefault("token_file"));
        else
        {
            var commands = new SlurmCommands(settings.GetValueOrDefault("conf"));
            commands.Check();
            _slurm = commands;
        }
    }

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["rest", "user", "token_file", "conf", "partition", "kind", "gpus"];

    /// <inheritdoc />
    public string LogFile(long job) => _folders.LogFile(job);

    /// <inheritdoc />
    public Idleness? Idleness(EngineJob job) => _folders.Idleness(job);

    /// <inheritdoc />
    public CheckpointReport? Report(EngineJob job) => _folders.Report(job.Id);

    /// <inheritdoc />
    public void Start(EngineJob job)
    {
        for (var worker = 0; worker < job.Workers; worker++) _folders.Prepare(job, worker);
        var devices = job.Nodes.Max(node => node.Value);
        var gres = _settings.GetValueOrDefault("gpus") == "false" ? null : $"gpu:{(_settings.TryGetValue("kind", out var kind) ? kind + ":" : "")}{devices}";
        Forget();
        _slurm.Submit(new SlurmJob(_folders.NameOf(job), [.. job.Nodes.Select(node => node.Key)], job.Workers, gres, _settings.GetValueOrDefault("partition"),
            _folders.WorkFolder(job), _folders.LogFile(job.Id), BatchScript(job)));
    }

    /// <inheritdoc />
    public EngineStatus Status(EngineJob job)
    {
        var status = _folders.Status(job, _ => IsQueued(job));
        // A job that Slurm no longer knows may have left its exit code an instant ago, or on its way through the file system.
        return status.State == EngineState.Lost && WorkerFolders.IsYoung(_folders.FolderOf(job, 0)) && Directory.Exists(Path.Combine(_folders.FolderOf(job, 0), "taken")) ? new EngineStatus(EngineState.Running)
            : status.State == EngineState.Running && !_folders.HasBegun(job) ? status with { Waits = _queue.GetValueOrDefault(_folders.NameOf(job)) is { } words ? new(Phrase.EngineWords, words) : null } : status;
    }

    /// <inheritdoc />
    public bool Fence(EngineJob job)
    {
        var never = _folders.Fence(job);
        // Submitted but not begun: it would find its folder taken; it need not even try.
        if (never) _slurm.Kill(_folders.NameOf(job));
        return never;
    }

    /// <inheritdoc />
    public void AskToLeave(EngineJob job)
    {
        _folders.RequestCheckpoint(job.Id);
        _slurm.Terminate(_folders.NameOf(job), gang: job.Workers > 1);
    }

    /// <inheritdoc />
    public void Kill(EngineJob job)
    {
        _slurm.Kill(_folders.NameOf(job));
        Forget();
    }

    /// <inheritdoc />
    public IReadOnlyList<AccountedAttempt> Accounted(double since) =>
        [.. _slurm.Accounted(since).Select(use => use.AttemptOf(_folders.NamePrefix, _settings.GetValueOrDefault("gpus") == "false")).OfType<AccountedAttempt>()];

    private string BatchScript(EngineJob job)
    {
        var script = new StringBuilder("#!/bin/sh\n");
        foreach (var (name, value) in _folders.Environment(job)) script.Append("export ").Append(name).Append('=').Append(Shell.Quoted(value)).Append('\n');
        if (job.Workers > 1 && !_slurm.SignalsGangs) script.Append("export GEOBUK_WATCH_REQUEST=1\n");
        var command = string.Join(' ', job.Command.Select(Shell.Quoted));
        var folder = Shell.Quoted(_folders.FolderPrefix(job));
        if (job.Workers == 1) script.Append($"export GEOBUK_WORKER=0 GEOBUK_NODE=$SLURMD_NODENAME\nexec sh {Shell.Quoted(_folders.ScriptFile)} {folder}0 {command}\n");
        // Each worker adds its own number to the folder; the batch shell waits for them all, whatever signals come.
        else script.Append($"trap : TERM\nsrun --kill-on-bad-exit=0 --distribution=plane={Math.Max(1, job.Nodes.Max(node => node.Value) / job.Devices)} sh -c 'export GEOBUK_WORKER=$SLURM_PROCID GEOBUK_NODE=$SLURMD_NODENAME; s=$1; f=$2; shift 2; exec sh \"$s\" \"$f$SLURM_PROCID\" \"$@\"' sh {Shell.Quoted(_folders.ScriptFile)} {folder} {command} &\nwhile :; do wait $!; kill -0 $! 2>/dev/null || break; done\n");
        return script.ToString();
    }

    private bool IsQueued(EngineJob job)
    {
        if (DateTime.UtcNow - _queueAt > QueueAge)
        {
            _queue = _slurm.Queued();
            _queueAt = DateTime.UtcNow;
        }
        return _queue.ContainsKey(_folders.NameOf(job));
    }

    private void Forget() => _queueAt = default;
}
