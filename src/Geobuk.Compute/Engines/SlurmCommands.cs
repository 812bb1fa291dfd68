using System.Diagnostics;
using System.Globalization;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>Slurm's own commands: sbatch submits, squeue looks, scancel signals. They have stayed the same for a decade.</summary>
/// <param name="conf">A slurm.conf other than the system's; null that one.</param>
internal sealed class SlurmCommands(string? conf) : ISlurm
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    public bool SignalsGangs => true;

    /// <summary>Whether the commands are there.</summary>
    /// <exception cref="UserInputException">They are not.</exception>
    public void Check() => Run("sinfo", ["--version"]);

    /// <inheritdoc />
    public void Submit(SlurmJob job)
    {
        var arguments = new List<string>
        {
            "--parsable", $"--job-name={job.Name}", $"--nodes={job.Nodes.Count}", $"--nodelist={string.Join(',', job.Nodes)}", $"--ntasks={job.Tasks}",
            $"--chdir={job.Folder}", $"--output={job.Log}", "--open-mode=append", "--no-requeue", "--export=ALL",
        };
        if (job.DevicesPerNode is { } devices) arguments.Add($"--gres={devices}");
        if (job.Partition is { } partition) arguments.Add($"--partition={partition}");
        Run("sbatch", arguments, job.Script);
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string?> Queued() =>
        Run("squeue", ["--noheader", "--format=%j|%T|%r", $"--states={string.Join(',', SlurmUse.Live)}"]).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split('|', 3)).GroupBy(parts => parts[0]).ToDictionary(jobs => jobs.Key, jobs => SlurmUse.Waits(jobs.First()[1], jobs.First()[2]));

    // Of a gang only the workers: srun answers SIGTERM by ending them at once, checkpoint or not.
    /// <inheritdoc />
    public void Terminate(string name, bool gang) => Run("scancel", gang ? ["--signal=TERM", $"--name={name}"] : ["--signal=TERM", "--full", $"--name={name}"]);

    /// <inheritdoc />
    public void Kill(string name)
    {
        Run("scancel", [$"--name={name}"]);
        Run("scancel", ["--signal=KILL", "--full", $"--name={name}"]);
    }

    /// <inheritdoc />
    public IReadOnlyList<SlurmUse> Accounted(double since) =>
        [.. Run("sacct", ["--noheader", "--parsable2", "--allocations", "--duplicates", $"--starttime={SlurmUse.Time(since)}", "--format=JobName,State,ElapsedRaw,AllocTRES"])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|')).Where(parts => parts.Length == 4)
            // A cancelled job's state goes on with who did it.
            .Select(parts => new SlurmUse(parts[0], parts[1].Split(' ')[0], double.Parse(parts[2], CultureInfo.InvariantCulture), parts[3]))];

    private string Run(string program, IReadOnlyList<string> arguments, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments);
        if (conf is not null) start.Environment["SLURM_CONF"] = conf;
        var (code, output, errors) = Shell.Run(start, input, Patience, program, "expected a Slurm controller. Is it running? scontrol ping tells.", "expected Slurm's commands on this machine. Install the package slurm-client.");
        if (code != 0 && program is "sbatch" or "squeue" or "sacct") throw new IOException($"{program}: {errors} (exit code {code.ToString(CultureInfo.InvariantCulture)})");
        return output;
    }
}
