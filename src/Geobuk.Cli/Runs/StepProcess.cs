using System.Diagnostics;
using System.Reflection;
using System.Text;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>
/// Runs a step as a child of this process, so that a native crash or lack of memory ends the step and not the run. The child
/// reads standard input only to notice its end: when this process is gone, however it went, the child stops too. Several workers are
/// children of Open MPI's mpirun, which passes input, output and the end of any of them on.
/// </summary>
internal sealed class StepProcess(string requestFile, string logFile, int workers, IProgress<StepReport> progress)
{
    private const int LogTailLines = 20;

    // Ctrl-C promises two seconds in all; the rest is for the words at the end.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(1500);

    private readonly Lock _lock = new();
    private readonly Queue<string> _tail = new();
    private IReadOnlyList<string>? _problems;
    private volatile bool _saving;

    /// <summary>Waits for the child; null when it did its work, else why not.</summary>
    public async Task<Failure?> RunAsync(CancellationToken cancellation)
    {
        await using var log = new StreamWriter(logFile, append: true, Encoding.UTF8) { AutoFlush = true };
        using var process = new Process { StartInfo = StartInfo() };
        process.OutputDataReceived += (_, line) => OnOutput(line.Data, log);
        process.ErrorDataReceived += (_, line) => OnLog(line.Data, log);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await WaitAsync(process, cancellation);
        if (cancellation.IsCancellationRequested && process.ExitCode != ExitCode.Done) return new Failure(ExitCode.Interrupted, ["interrupted"]);
        return process.ExitCode == ExitCode.Done ? null : Explain(process.ExitCode);
    }

    private ProcessStartInfo StartInfo()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        var launch = workers == 1 ? [program] : MpiLaunch.Of(workers, program);
        var start = new ProcessStartInfo(launch[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        if (workers > 1) MpiLaunch.Prepare(start.Environment, workers);
        foreach (var argument in launch.Skip(1)) start.ArgumentList.Add(argument);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(Assembly.GetEntryAssembly()!.Location);
        start.ArgumentList.Add("step");
        start.ArgumentList.Add(requestFile);
        start.ArgumentList.Add("--attached");
        return start;
    }

    private async Task WaitAsync(Process process, CancellationToken cancellation)
    {
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // A terminal sends Ctrl-C to the child too; a signal to this process alone reaches it as the end of its input.
            process.StandardInput.Close();
            do await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(Grace, CancellationToken.None));
            while (!process.HasExited && (_saving || Interruption.IsCheckpointRequested));
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private void OnOutput(string? line, StreamWriter log)
    {
        if (line is null) return;
        var message = StepMessage.TryParse(line);
        if (message?.Report is { } report)
        {
            _saving = report.IsSaving;
            progress.Report(report);
        }
        if (message?.Problems is { } problems) lock (_lock) _problems = problems;
        if (message is null || message.Problems is not null) OnLog(line, log);
    }

    private void OnLog(string? line, StreamWriter log)
    {
        if (line is null) return;
        lock (_lock)
        {
            log.WriteLine(line);
            _tail.Enqueue(line);
            if (_tail.Count > LogTailLines) _tail.Dequeue();
        }
    }

    private Failure Explain(int exitCode)
    {
        lock (_lock)
        {
            if (_problems is not null) return new Failure(exitCode, _problems);
            return new Failure(ExitCode.Failed, [workers == 1 ? Death.Describe(exitCode) : $"one of {workers} workers ended, and so all of them: {Death.Describe(exitCode)}", .. _tail, $"All it printed is in {logFile}."]);
        }
    }
}
