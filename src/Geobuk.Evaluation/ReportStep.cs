using Geobuk.Evaluation.Reports;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Evaluation;

/// <summary>Writes report.html for people and report.json for scripts.</summary>
public static class ReportStep
{
    /// <summary>Makes both files in <paramref name="outputFolder"/>; each appears whole or not at all.</summary>
    /// <exception cref="Models.UserInputException">An input file is absent or of another form.</exception>
    public static void Run(ReportInputs inputs, string outputFolder, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        progress.Report(new StepReport("reading results", 0, 2, "files"));
        var data = ReportData.Read(inputs);
        cancellationToken.ThrowIfCancellationRequested();
        Directory.CreateDirectory(outputFolder);
        JsonFiles.Write(Path.Combine(outputFolder, "report.json"), JsonReport.Build(data));
        progress.Report(new StepReport("writing report", 1, 2, "files"));
        AtomicFile.WriteText(Path.Combine(outputFolder, "report.html"), HtmlReport.Render(data));
        progress.Report(new StepReport("writing report", 2, 2, "files"));
    }
}
