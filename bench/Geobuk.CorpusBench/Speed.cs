using System.Diagnostics;
using Geobuk.Corpus;
using Geobuk.Corpus.Sources;
using Geobuk.Recipes;

namespace Geobuk.CorpusBench;

/// <summary>Files and megabytes a second: readers on samples, and the corpus step from statutes to packed tokens.</summary>
internal static class Speed
{
    private const long SmallFile = 300_000;

    /// <summary>Reads every small file of one format again and again for some seconds, on all cores.</summary>
    public static int Readers(string folder, string extension, double seconds)
    {
        var files = Directory.GetFiles(folder, "*" + extension, SearchOption.AllDirectories).Where(path => Path.GetExtension(path) == extension && new FileInfo(path).Length <= SmallFile).Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0) throw new FileNotFoundException($"{folder}: no {extension} of at most {SmallFile} bytes");
        Pass(files);
        Pass(files);
        var watch = Stopwatch.StartNew();
        long read = 0, bytes = 0;
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            bytes += Pass(files);
            read += files.Length;
        }
        var elapsed = watch.Elapsed.TotalSeconds;
        Console.WriteLine($"{extension}: {files.Length} files, {read / elapsed:0} files/s, {bytes / elapsed / 1e6:0.0} MB/s on {Environment.ProcessorCount} threads");
        return 0;
    }

    /// <summary>The corpus step on folders of documents.</summary>
    public static int Build(string[] folders, string tokenizer)
    {
        var bytes = folders.SelectMany(folder => Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories)).Sum(path => new FileInfo(path).Length);
        var encoder = DocumentEncoder.Load(tokenizer);
        var output = Directory.CreateTempSubdirectory("geobuk-corpus-").FullName;
        var watch = Stopwatch.StartNew();
        var report = CorpusStep.Build(new CorpusConfig { Domain = folders, Licenses = new Dictionary<string, string> { ["domain"] = "copyright_act_7" }, ValidationShare = 0.05 }, 17, encoder, output, new Progress<StepReport>(), CancellationToken.None);
        var elapsed = watch.Elapsed.TotalSeconds;
        using var process = Process.GetCurrentProcess();
        var (processor, peak) = (process.TotalProcessorTime.TotalSeconds, process.PeakWorkingSet64);
        var digest = Digest(output);
        Directory.Delete(output, true);
        Console.WriteLine($"corpus: {report.Documents} documents, {bytes / 1e6:0.0} MB in {elapsed:0.0} s, {bytes / elapsed / 1e6:0.0} MB/s to {report.Tokens} tokens, {processor:0.0} s of processor time, peak {peak / 1e6:0} MB, files {digest[..16]}");
        return 0;
    }

    /// <summary>SHA-256 over names and bytes of the files of a folder: equal where a faster corpus step writes the same.</summary>
    private static string Digest(string folder)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(file)));
            hash.AppendData(File.ReadAllBytes(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static long Pass(string[] files)
    {
        long bytes = 0;
        Parallel.ForEach(files, file =>
        {
            try
            {
                foreach (var document in DocumentReaders.Read(file)) Interlocked.Add(ref bytes, document.Location.Length);
            }
            catch (RefusedDocumentException)
            {
                // Encrypted samples cost their refusal.
            }
        });
        return bytes;
    }
}
