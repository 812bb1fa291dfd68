using System.Diagnostics;
using System.Text.RegularExpressions;
using Geobuk.Corpus;
using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Quality;
using Geobuk.Corpus.Sources;
using Geobuk.Corpus.Versions;
using Geobuk.Recipes;

namespace Geobuk.CorpusBench;

/// <summary>What cleaning keeps and how fast signatures are.</summary>
internal static partial class Cleaning
{
    [GeneratedRegex(@"^#{1,6} +제\d+조", RegexOptions.Multiline)]
    private static partial Regex Heading();

    /// <summary>Articles in the files against articles in the shards, with every cleaning that a recipe can ask for but the supplements.</summary>
    public static int Kept(string[] folders)
    {
        var written = folders.SelectMany(folder => Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories)).Sum(path => Heading().Count(File.ReadAllText(path)));
        var output = Directory.CreateTempSubdirectory("geobuk-corpus-").FullName;
        var cleaning = new CleaningConfig { RepeatedPassageCharacters = 100, DropDeletionStubs = true, Supplements = SupplementPolicy.DropRepeated };
        var report = CorpusStep.Build(new CorpusConfig { Domain = folders, Licenses = new Dictionary<string, string> { ["domain"] = "copyright_act_7" }, ValidationShare = 0.05, Cleaning = cleaning }, 17, DocumentEncoder.Bytes, output, new Progress<StepReport>(), CancellationToken.None);
        var rejected = CorpusRow.Read(output).Where(row => row.Statute).CountBy(row => row.Quality?.WebFilter ?? "none").OrderByDescending(count => count.Value).ToList();
        var languages = CorpusRow.Read(output).CountBy(row => row.Language).ToList();
        Directory.Delete(output, true);
        Console.WriteLine($"articles: {written} in the files, {report.Articles.Read} read, {report.Articles.Kept} in the shards ({(double)report.Articles.Kept / written:P2}); documents dropped: {string.Join(", ", report.Dropped.Select(reason => $"{reason.Key} {reason.Value}"))}");
        Console.WriteLine($"pairs of similar documents: {string.Join(", ", report.NearDuplicates.Select(pair => $"{pair.Key} {pair.Value}"))}");
        Console.WriteLine($"cut: {string.Join(", ", report.CutOut.Select(cut => $"{cut.Key} {cut.Value.Passages} passages, {cut.Value.Characters} characters"))} of {report.Characters}");
        Console.WriteLine($"web filter would reject: {string.Join(", ", rejected.Select(count => $"{count.Key} {count.Value}"))}; languages: {string.Join(", ", languages.Select(count => $"{count.Key} {count.Value}"))}");
        return 0;
    }

    /// <summary>Signatures of texts on one thread, and the language of them.</summary>
    public static int Speed(string folder)
    {
        var texts = Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(1000).Select(File.ReadAllText).ToList();
        var bytes = texts.Sum(text => (long)System.Text.Encoding.UTF8.GetByteCount(text));
        Measure("MinHash", text => MinHash.Of(text, 8));
        Measure("language", text => LanguageIdentifier.Of(text));
        Measure("quality", text => QualityMeasure.Of(text));
        return 0;

        void Measure<T>(string name, Func<string, T> work)
        {
            foreach (var text in texts.Take(100)) work(text);
            var watch = Stopwatch.StartNew();
            foreach (var text in texts) work(text);
            Console.WriteLine($"{name}: {bytes / watch.Elapsed.TotalSeconds / 1e6:0.0} MB/s on one thread ({texts.Count} texts, {bytes / 1e6:0.0} MB)");
        }
    }

    /// <summary>The laws of a history on a day against the files of the laws in force on it, article by article.</summary>
    public static int AsOf(string history, string day, string statutes)
    {
        var watch = Stopwatch.StartNew();
        var laws = LawHistory.AsOf(history, DateOnly.ParseExact(day, "yyyy-MM-dd"), CancellationToken.None);
        Console.WriteLine($"{laws.Count} laws, {laws.Sum(law => law.Articles.Count)} articles on {day} in {watch.Elapsed.TotalSeconds:0.0} s");
        var before = laws.Where(law => File.Exists(Path.Combine(statutes, law.Path))).ToList();
        var changes = Amendment.Between(
            before.Select(law => DocumentReaders.Markdown(law.Path, law.ToMarkdown())),
            before.SelectMany(law => DocumentReaders.Read(Path.Combine(statutes, law.Path)))).Where(change => change.Article.StartsWith('제')).ToList();
        Console.WriteLine($"{before.Count} laws compared with their files: {changes.Count} articles differ of {before.Sum(law => law.Articles.Count)}");
        foreach (var change in changes.Take(10)) Console.WriteLine($"  {change.Change} {change.Law} {change.Article}");
        return 0;
    }
}
