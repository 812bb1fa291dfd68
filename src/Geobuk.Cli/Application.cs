using System.CommandLine;
using System.CommandLine.Parsing;
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
            var help = string.Join(' ', PathOf(parsed.CommandResult).Reverse());
            new Output(arguments.Contains("--json"), quiet: false)
                .Fail(new Failure(ExitCode.WrongInput, [.. parsed.Errors.Select(error => $"{help}: {error.Message} See {help} --help.")]));
            return ExitCode.WrongInput;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>A command's name and those of the groups that it is in, outermost last.</summary>
    private static IEnumerable<string> PathOf(SymbolResult command)
    {
        for (var at = command as CommandResult; at is not null; at = at.Parent as CommandResult)
            yield return at.Command is RootCommand ? "geobuk" : at.Command.Name;
    }
}
