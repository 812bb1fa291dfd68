using System.CommandLine;
using Geobuk.Cli.Terminal;

namespace Geobuk.Cli.Commands;

/// <summary>
/// What all verbs share: --json, --quiet, an example in --help, Ctrl-C, and exceptions turned into messages and exit codes. A
/// verb is a static class with one method that calls <see cref="Create"/>; <see cref="Verbs"/> lists them.
/// </summary>
internal static class Verb
{
    /// <summary>Given to every verb by the root.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object on standard output and nothing else there.", Recursive = true };

    /// <summary>Given to every verb by the root.</summary>
    public static Option<bool> Quiet { get; } = new("--quiet") { Description = "No progress, no remarks.", Recursive = true };

    /// <summary>The work of a verb; it may throw, and gives the exit code.</summary>
    public delegate Task<int> Work(ParseResult arguments, Output output, CancellationToken cancellation);

    /// <summary>Makes a verb.</summary>
    /// <param name="name">What is typed.</param>
    /// <param name="summary">One sentence.</param>
    /// <param name="example">One command line.</param>
    /// <param name="symbols">Arguments and options.</param>
    /// <param name="work">What it does.</param>
    public static Command Create(string name, string summary, string example, IReadOnlyList<Symbol> symbols, Work work)
    {
        var command = new VerbCommand(name, summary, example);
        foreach (var symbol in symbols)
            if (symbol is Argument argument) command.Add(argument);
            else command.Add((Option)symbol);
        command.SetAction(arguments => RunAsync(arguments, work));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, Work work)
    {
        var output = new Output(arguments.GetValue(Json), arguments.GetValue(Quiet));
        using var interruption = new Interruption();
        try
        {
            return await work(arguments, output, interruption.Token);
        }
        catch (Exception fault)
        {
            var failure = Failure.Of(fault);
            output.Fail(failure);
            return ExitCode.Of(failure);
        }
    }
}
