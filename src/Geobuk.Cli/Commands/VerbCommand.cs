using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Geobuk.Cli.Commands;

/// <summary>A command whose help ends with an example; that of a group of commands with its first one's.</summary>
internal sealed class VerbCommand(string name, string summary, string example) : Command(name, summary)
{
    /// <summary>Adds the example of the command in question to the help that the root gives.</summary>
    public static void ShowExamples(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
    }

    private sealed class HelpWithExample(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = inner.Invoke(parseResult);
            var command = parseResult.CommandResult.Command;
            var example = (command as VerbCommand ?? command.Subcommands.FirstOrDefault() as VerbCommand)?.Example;
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
            return code;
        }
    }

    private string Example { get; } = example;
}
