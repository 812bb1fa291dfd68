using System.Diagnostics;
using System.Text;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>A started command line, with what it printed.</summary>
internal sealed class CommandLine : IDisposable
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    /// <summary>Starts this test assembly's own <see cref="TestProgram"/>.</summary>
    public CommandLine(string workingDirectory, params string[] arguments) : this(typeof(TestProgram).Assembly.Location, workingDirectory, arguments) { }

    /// <summary>The same with a variable of the environment.</summary>
    public CommandLine(string workingDirectory, (string Name, string Value) variable, params string[] arguments) : this(typeof(TestProgram).Assembly.Location, workingDirectory, arguments, variable) { }

    private CommandLine(string program, string workingDirectory, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        Process = Process.Start(start)!;
        Process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        Process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    /// <summary>Starts geobuk itself, with its real steps.</summary>
    public static CommandLine Real(string workingDirectory, params string[] arguments) => new(typeof(Cli.Application).Assembly.Location, workingDirectory, arguments);

    public string Output { get { lock (_output) return _output.ToString(); } }

    public string Error { get { lock (_error) return _error.ToString(); } }

    /// <summary>Waits for the end and gives the exit code.</summary>
    public int Wait()
    {
        if (!Process.WaitForExit(TimeSpan.FromSeconds(120)))
        {
            Process.Kill(entireProcessTree: true);
            Assert.Fail($"still running after two minutes\n{Error}");
        }
        // The timed wait does not drain the output; this one does.
        Process.WaitForExit();
        return Process.ExitCode;
    }

    /// <summary>Waits until standard error holds a text.</summary>
    public void WaitFor(string text) => Until(() => Error.Contains(text, StringComparison.Ordinal), () => $"never said \"{text}\"; it said: {Error}");

    /// <summary>Sends a signal by name, as the shell's kill does.</summary>
    public void Signal(string name) => Process.Start("kill", [$"-{name}", $"{Process.Id}"])!.WaitForExit();

    /// <summary>Waits for a condition.</summary>
    public static void Until(Func<bool> condition, Func<string> complaint, double minutes = 1)
    {
        var end = DateTime.UtcNow + TimeSpan.FromMinutes(minutes);
        while (!condition())
        {
            if (DateTime.UtcNow > end) Assert.Fail(complaint());
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        Process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is not null) lock (text) text.AppendLine(line);
    }
}
