using System.Diagnostics;
using Geobuk.Corpus;
using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Lineage;
using Geobuk.Corpus.Quality;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Sources;

namespace Geobuk.CorpusBench;

/// <summary>What each stage of the corpus step costs, on one thread, one stage after the other over all documents.</summary>
internal static class Stages
{
    public static int Run(string tokenizer, string[] folders)
    {
        var files = folders.SelectMany(folder => Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories)).Order(StringComparer.Ordinal).ToList();
        var bytes = files.Sum(path => new FileInfo(path).Length);
        var encoder = DocumentEncoder.Load(tokenizer);
        // The first documents warm up the code of every stage.
        for (var i = 0; i < 2; i++) Pass(files.GetRange(0, Math.Min(files.Count, 200)), encoder, null);
        var watches = new SortedDictionary<string, double>(StringComparer.Ordinal);
        Pass(files, encoder, watches);
        foreach (var (stage, seconds) in watches) Console.WriteLine($"{stage}: {seconds:0.00} s, {bytes / seconds / 1e6:0} MB/s");
        Console.WriteLine($"all: {watches.Values.Sum():0.00} s, {bytes / watches.Values.Sum() / 1e6:0.0} MB/s on one thread; collections {GC.CollectionCount(0)}, {GC.CollectionCount(1)}, {GC.CollectionCount(2)}, paused {GC.GetTotalPauseDuration().TotalSeconds:0.00} s");
        return 0;
    }

    private static void Pass(List<string> files, DocumentEncoder encoder, SortedDictionary<string, double>? watches)
    {
        var documents = Measure("1 read and parse", files, path => DocumentReaders.Read(path).Single());
        Measure("2 markings", documents, MarkingDetector.Find);
        Measure("3 personal data", documents, document => PersonalDataDetector.Find(document.Text));
        Measure("4 licence", documents, document => LicenseGate.Of(document));
        Measure("5 hashes of file and text", documents, document => (FileContent.Sha256(document.Source), ContentHash.Of(document.Text)));
        Measure("6 language", documents, document => LanguageIdentifier.Of(document.Text));
        Measure("7 quality", documents, document => QualityMeasure.Of(document.Text));
        Measure("8 signature", documents, document => MinHash.Of(document.Text, 8));
        var tokens = Measure("9 tokens", documents, document => encoder.Encode(document.Text));
        Measure("9 hash of the tokens", tokens, ids => LineageWriter.HashOf(ids));

        List<TOut> Measure<TIn, TOut>(string stage, List<TIn> inputs, Func<TIn, TOut> work)
        {
            var watch = Stopwatch.StartNew();
            var results = inputs.ConvertAll(input => work(input));
            if (watches is not null) watches[stage] = watch.Elapsed.TotalSeconds;
            return results;
        }
    }
}
