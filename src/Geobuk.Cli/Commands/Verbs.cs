using System.CommandLine;
using Geobuk.Cli.Runs;

namespace Geobuk.Cli.Commands;

/// <summary>Every verb, in the order of the help.</summary>
internal static class Verbs
{
    public static IReadOnlyList<Command> All(IReadOnlyList<StepDefinition> steps) =>
    [
        RunCommand.Create(steps),
        PlanCommand.Create(),
        StepCommand.Create(steps),
        TrainCommand.Create(steps),
        AdapterCommand.Create(),
        LogitsCommand.Create(),
        TokenizeCommand.Create(),
        GenerateCommand.Create(),
        ChatCommand.Create(),
        ServeCommand.Create(),
        CompressCommand.Create(),
        ImatrixCommand.Create(),
        EvalCommand.Create(),
        CompareCommand.Create(),
        BenchCommand.Create(),
        InspectCommand.Create(),
        CorpusCommand.Create(),
        ReplayCommand.Create(),
        SchemaCommand.Create(),
        ComputeCommand.Create(steps),
    ];
}
