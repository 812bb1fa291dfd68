using System.CommandLine;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus</c>: what the corpus step makes of documents.</summary>
internal static class CorpusCommand
{
    public static Command Create()
    {
        var command = new Command("corpus", "Fetch, read and screen documents, build a corpus of them, review what was quarantined.");
        command.Add(CorpusExtractCommand.Create());
        command.Add(CorpusBuildCommand.Create());
        command.Add(CorpusScreenCommand.Create());
        command.Add(CorpusAsOfCommand.Create());
        command.Add(CorpusDiffCommand.Create());
        command.Add(CorpusContaminationCommand.Create());
        command.Add(CorpusRemoveCommand.Create());
        command.Add(CorpusReviewCommand.Create());
        command.Add(CorpusDecideCommand.Create());
        command.Add(CorpusVerifyCommand.Create());
        command.Add(CorpusFetchCommand.Create());
        command.Add(SynthesizeCommand.Create());
        return command;
    }
}
