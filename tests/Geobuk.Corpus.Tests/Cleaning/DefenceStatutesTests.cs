using System.Text.RegularExpressions;
using Geobuk.Corpus.Duplicates;
using Geobuk.Recipes;
using Geobuk.Tests;

namespace Geobuk.Corpus.Tests.Cleaning;

public sealed class DefenceStatutesTests
{
    [SkippableFact]
    public void Build_EveryCleaning_KeepsAllStatutesAndTheirArticles()
    {
        var folder = TestPaths.Shared("data", "statutes-defence");
        var written = Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories).Sum(path => Regex.Count(File.ReadAllText(path), "^##### 제[0-9]+조", RegexOptions.Multiline));
        var output = Directory.CreateTempSubdirectory().FullName;
        var cleaning = new CleaningConfig { NearDuplicateSimilarity = 0.6, RepeatedPassageCharacters = 100, Supplements = SupplementPolicy.DropRepeated, DropDeletionStubs = true };

        var report = CorpusStep.Build(new CorpusConfig { Domain = [folder], Licenses = TestLicenses.All, Cleaning = cleaning }, 17, ByteEncoder.Create(), output, new Progress<StepReport>(), default);
        Directory.Delete(output, true);

        Assert.InRange(report.Articles.Kept, 0.99 * written, written);
        Assert.Equal(0, report.Dropped.GetValueOrDefault("near_duplicate"));
        // The decrees on commands and schools share their pattern; they are told apart.
        Assert.InRange(report.NearDuplicates.GetValueOrDefault(Kinship.Sister), 1, 1000);
        Assert.InRange(report.CutOut["deletion_stub"].Passages, 1000, 10_000);
    }
}
