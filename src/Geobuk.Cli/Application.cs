using System.CommandLine;
using System.Text;
using Geobuk.Cli.Commands;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;

namespace Geobuk.Cli;

/// <summary>The command line over a chain of steps.</summary>
internal static class Application
{
    /// <summary>Runs one command and gives its exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, IReadOnlyList<StepDefinition> steps)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var root = new RootCommand("Geobuk adapts, compresses and serves language models offline.") { Verb.Json, Verb.Quiet };
        foreach (var verb in Verbs.All(steps)) root.Add(verb);
        VerbCommand.ShowExamples(root);
        // A prompt may start with '@'; no argument is a file of arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
        {
            var help = $"geobuk {string.Join(' ', parsed.CommandResult.Command is RootCommand ? [] : new[] { parsed.CommandResult.Command.Name })}".Trim();
            new Output(arguments.Contains("--json"), quiet: false)
                .Fail(new Failure(ExitCode.WrongInput, [.. parsed.Errors.Select(error => $"{help}: {error.Message} See {help} --help.")]));
            return ExitCode.WrongInput;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }
}
