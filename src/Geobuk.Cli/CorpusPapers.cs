using Geobuk.Cli.Runs;
using Geobuk.Corpus.Cards;
using Geobuk.Evaluation.Reports;

namespace Geobuk.Cli;

/// <summary>What lies beside the data of every corpus for people and other programs: the cards and the page.</summary>
internal static class CorpusPapers
{
    private static string Tool => $"Geobuk {Machine.ToolVersion}";

    /// <summary>Writes them into a finished corpus folder that is named by itself.</summary>
    public static void Write(string folder) => Write(folder, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))));

    /// <summary>Writes them into a finished corpus folder.</summary>
    public static void Write(string folder, string name)
    {
        var now = DateTime.UtcNow;
        CorpusPage.Write(folder, name, now, Tool);
        CorpusCards.Write(folder, name, now, Tool);
    }
}
