using Geobuk.Corpus.Sources;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>How much text a recipe names, from file sizes and a sample that goes through the real tokenizer.</summary>
/// <param name="Bytes">Of all documents.</param>
/// <param name="DomainTokens">In the domain's documents.</param>
/// <param name="GeneralTokens">In the general documents.</param>
/// <param name="TokensPerByte">In the domain's.</param>
internal sealed record CorpusSize(long Bytes, long DomainTokens, long GeneralTokens, double TokensPerByte)
{
    private const int SampleFiles = 50;
    private const int SampleBytes = 2 << 20;

    // Korean law under a tokenizer of a few thousand tokens: three bytes a syllable, a little over one syllable a token.
    private const double TokensPerByteOfUnknownTokenizer = 0.25;

    /// <summary>Reads at most two megabytes of each source.</summary>
    public static CorpusSize Of(Recipe recipe)
    {
        var tokenizer = recipe.Base.Model is { } folder && File.Exists(Path.Combine(folder, "tokenizer.json")) ? Tokenizer.Load(folder) : null;
        var domain = Measure(recipe.Corpus.Domain, recipe.Corpus, "corpus.domain", tokenizer);
        var general = Measure(recipe.Corpus.General, recipe.Corpus, "corpus.general", tokenizer);
        return new CorpusSize(domain.Bytes + general.Bytes, domain.Tokens, general.Tokens, domain.Bytes == 0 ? TokensPerByteOfUnknownTokenizer : (double)domain.Tokens / domain.Bytes);
    }

    private static (long Bytes, long Tokens) Measure(IReadOnlyList<string> sources, CorpusConfig config, string key, Tokenizer? tokenizer)
    {
        if (sources.Count == 0) return (0, 0);
        var files = DocumentReaders.List(sources, key);
        var bytes = files.Sum(file => new FileInfo(file.Path).Length);
        // A cap on documents is a cap on files, but for JSON lines, where this says too much.
        if (config.MaxDocuments is { } most && most < files.Count) bytes = (long)(bytes * ((double)most / files.Count));
        return (bytes, (long)(bytes * Density(files, tokenizer)));
    }

    private static double Density(IReadOnlyList<SourceFile> files, Tokenizer? tokenizer)
    {
        if (tokenizer is null) return TokensPerByteOfUnknownTokenizer;
        var (tokens, bytes) = (0L, 0L);
        var stride = Math.Max(1, files.Count / SampleFiles);
        for (var i = 0; i < files.Count && bytes < SampleBytes; i += stride)
            foreach (var document in DocumentReaders.Read(files[i]))
            {
                tokens += tokenizer.Encode(document.Text).Length;
                bytes += System.Text.Encoding.UTF8.GetByteCount(document.Text);
                if (bytes >= SampleBytes) break;
            }
        return bytes == 0 ? TokensPerByteOfUnknownTokenizer : (double)tokens / bytes;
    }
}
