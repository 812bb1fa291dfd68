using System.Diagnostics;
using System.Globalization;
using System.Text;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Runs attempts through a Slurm cluster that shares a file system with the service: sbatch starts, squeue looks, scancel signals.
/// The service decides who runs where and gives Slurm the nodes; Slurm starts, confines and ends the processes. The commands have
/// stayed the same for a decade where the REST interface changes with each release; requeueing is the service's own, since Slurm
/// holds a requeued job back for as long as its credential lives.
/// </summary>
public sealed class SlurmEngine : IComputeEngine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QueueAge = TimeSpan.FromMilliseconds(300);

    private readonly WorkerFolders _folders;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private HashSet<string> _queue = [];
    private DateTime _queueAt;

    /// <param name="root">Folder for what jobs leave, on a file system that the nodes see.</param>
    /// <param name="settings">conf: a slurm.conf other than the system's; partition; kind: the type of the GPUs; gpus: false where devices are cores.</param>
    public SlurmEngine(string root, IReadOnlyDictionary<string, string> settings)
    {
        (_folders, _settings) = (new WorkerFolders(root), settings);
        _ = Run("sinfo", ["--version"]);
    }

    /// <inheritdoc />
    public string LogFile(long job) => _folders.LogFile(job);

    /// <inheritdoc />
    public double? IdleSeconds(EngineJob job) => _folders.IdleSeconds(job.Id);

    /// <inheritdoc />
    public void Start(EngineJob job)
    {
        for (var worker = 0; worker < job.Workers; worker++) _folders.Prepare(job, worker);
        var devices = job.Nodes.Max(node => node.Value);
        var arguments = new List<string>
        {
            "--parsable", $"--job-name={NameOf(job)}", $"--nodes={job.Nodes.Count}", $"--nodelist={string.Join(',', job.Nodes.Select(node => node.Key))}", $"--ntasks={job.Workers}",
            $"--chdir={_folders.WorkFolder(job)}", $"--output={_folders.LogFile(job.Id)}", "--open-mode=append", "--no-requeue", "--export=ALL", "--distribution=plane=" + Math.Max(1, devices / job.Devices),
        };
        if (_settings.GetValueOrDefault("gpus") != "false") arguments.Add($"--gres=gpu:{(_settings.TryGetValue("kind", out var kind) ? kind + ":" : "")}{devices}");
        if (_settings.TryGetValue("partition", out var partition)) arguments.Add($"--partition={partition}");
        Forget();
        Run("sbatch", arguments, BatchScript(job));
    }

    /// <inheritdoc />
    public EngineStatus Status(EngineJob job)
    {
        var status = _folders.Status(job, _ => IsQueued(job));
        // A job that Slurm no longer knows may have left its exit code an instant ago, or on its way through the file system.
        return status.State == EngineState.Lost && WorkerFolders.IsYoung(_folders.FolderOf(job, 0)) && Directory.Exists(Path.Combine(_folders.FolderOf(job, 0), "taken")) ? new EngineStatus(EngineState.Running) : status;
    }

    /// <inheritdoc />
    public bool Fence(EngineJob job)
    {
        var never = _folders.Fence(job);
        // Submitted but not begun: it would find its folder taken; it need not even try.
        if (never) Run("scancel", [$"--name={NameOf(job)}"]);
        return never;
    }

    /// <inheritdoc />
    public void AskToLeave(EngineJob job)
    {
        _folders.RequestCheckpoint(job.Id);
        // Of a gang only the workers: srun answers SIGTERM by ending them at once, checkpoint or not.
        Run("scancel", job.Workers == 1 ? ["--signal=TERM", "--full", $"--name={NameOf(job)}"] : ["--signal=TERM", $"--name={NameOf(job)}"]);
    }

    /// <inheritdoc />
    public void Kill(EngineJob job)
    {
        Run("scancel", [$"--name={NameOf(job)}"]);
        Run("scancel", ["--signal=KILL", "--full", $"--name={NameOf(job)}"]);
        Forget();
    }

    private static string NameOf(EngineJob job) => $"geobuk-{job.Id}-{job.Attempt}";

    private string BatchScript(EngineJob job)
    {
        var script = new StringBuilder("#!/bin/sh\n");
        foreach (var (name, value) in _folders.Environment(job)) script.Append("export ").Append(name).Append('=').Append(Quoted(value)).Append('\n');
        var command = string.Join(' ', job.Command.Select(Quoted));
        var folder = Quoted(_folders.FolderPrefix(job));
        if (job.Workers == 1) script.Append($"export GEOBUK_WORKER=0 GEOBUK_NODE=$SLURMD_NODENAME\nexec sh {Quoted(_folders.ScriptFile)} {folder}0 {command}\n");
        // Each worker adds its own number to the folder; the batch shell waits for them all, whatever signals come.
        else script.Append($"trap : TERM\nsrun --kill-on-bad-exit=0 sh -c 'export GEOBUK_WORKER=$SLURM_PROCID GEOBUK_NODE=$SLURMD_NODENAME; s=$1; f=$2; shift 2; exec sh \"$s\" \"$f$SLURM_PROCID\" \"$@\"' sh {Quoted(_folders.ScriptFile)} {folder} {command} &\nwhile :; do wait $!; kill -0 $! 2>/dev/null || break; done\n");
        return script.ToString();
    }

    private bool IsQueued(EngineJob job)
    {
        if (DateTime.UtcNow - _queueAt > QueueAge)
        {
            _queue = [.. Run("squeue", ["--noheader", "--format=%j", "--states=PENDING,CONFIGURING,RUNNING,SUSPENDED,COMPLETING"]).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
            _queueAt = DateTime.UtcNow;
        }
        return _queue.Contains(NameOf(job));
    }

    private void Forget() => _queueAt = default;

    private static string Quoted(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private string Run(string program, IReadOnlyList<string> arguments, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        if (_settings.TryGetValue("conf", out var conf)) start.Environment["SLURM_CONF"] = conf;
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new IOException($"{program}: no answer in {Patience.TotalSeconds:0} s; expected a Slurm controller. Is it running? scontrol ping tells.");
            }
            if (process.ExitCode != 0 && program is "sbatch" or "squeue") throw new IOException($"{program}: {errors.Result.Trim()} (exit code {process.ExitCode.ToString(CultureInfo.InvariantCulture)})");
            return output.Result;
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new UserInputException($"{program}: {fault.Message}; expected Slurm's commands on this machine. Install the package slurm-client.", fault);
        }
    }
}
