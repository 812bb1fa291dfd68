using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;

namespace Geobuk.Training;

/// <summary>The model that the run starts from, as a Hugging Face folder: an existing one, checked, or a fresh one.</summary>
public static class BaseStep
{
    /// <summary>Makes <paramref name="outputFolder"/> a Hugging Face folder.</summary>
    /// <exception cref="UserInputException">The model is damaged or its tokenizer does not fit.</exception>
    public static void Run(BaseConfig config, CorpusConfig corpus, int seed, string outputFolder, IProgress<StepReport> progress, CancellationToken ct)
    {
        Directory.CreateDirectory(outputFolder);
        if (config.Model is { } folder) Take(folder, outputFolder, progress);
        else Create(config, corpus, seed, outputFolder, progress, ct);
    }

    /// <summary>Weights are linked, not copied: they may be hundreds of gigabytes. Small files are copied.</summary>
    private static void Take(string folder, string output, IProgress<StepReport> progress)
    {
        progress.Report(new StepReport("checking the base model", 0, null, "files"));
        Check(folder);
        foreach (var source in Directory.EnumerateFiles(folder).Where(IsModelFile))
        {
            var target = Path.Combine(output, Path.GetFileName(source));
            File.Delete(target);
            if (!source.EndsWith(".safetensors", StringComparison.Ordinal) || !TryLink(target, Path.GetFullPath(source))) File.Copy(source, target);
        }
    }

    private static void Check(string folder)
    {
        using var checkpoint = ModelCheckpoint.Open(folder);
        Tokenizer.Load(folder).ValidateAgainst(checkpoint.Config, folder);
    }

    private static bool IsModelFile(string path) =>
        Path.GetExtension(path) is ".safetensors" or ".json" or ".txt" or ".jinja" or ".model";

    private static bool TryLink(string link, string target)
    {
        try
        {
            File.CreateSymbolicLink(link, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows needs a privilege for links; a copy does as well.
            return false;
        }
    }

    private static void Create(BaseConfig config, CorpusConfig corpus, int seed, string output, IProgress<StepReport> progress, CancellationToken ct)
    {
        TorchRuntime.Start(TorchOptions.FromEnvironment());
        var wanted = config.Tokenizer ?? new TokenizerConfig();
        BpeTrainer.Train(Texts(corpus, wanted.TrainOnCharacters, progress, ct), wanted.VocabularySize, output,
            (done, total) => progress.Report(new StepReport("learning the tokenizer", done, total, "tokens")), ct);
        var tokenizer = Tokenizer.Load(output);
        using var model = new CausalLanguageModel(Shape(config.Architecture!, tokenizer.VocabularySize, tokenizer.BosTokenId, tokenizer.EosTokenId), TorchSharp.torch.CPU);
        ModelWeights.Initialize(model, seed);
        ModelWeights.Save(model, TensorDataType.F32, output, output);
    }

    /// <summary>The configuration of a fresh model.</summary>
    public static ModelConfig Shape(ArchitectureConfig shape, int vocabularySize, int? bos, int? eos) => new()
    {
        Family = ModelFamily.Llama,
        HiddenSize = shape.HiddenSize,
        IntermediateSize = shape.IntermediateSize,
        LayerCount = shape.Layers,
        HeadCount = shape.Heads,
        KeyValueHeadCount = shape.KeyValueHeads,
        HeadSize = shape.HiddenSize / shape.Heads,
        VocabularySize = vocabularySize,
        MaxPositions = shape.MaxPositions,
        NormEpsilon = 1e-5,
        Rope = new RopeConfig { Theta = shape.RopeTheta },
        BosTokenId = bos,
        EosTokenIds = eos is { } end ? [end] : [],
    };

    /// <summary>Documents from all over the corpus, until the characters are enough; a tokenizer learns from what a corpus may hold, and from nothing else.</summary>
    private static IEnumerable<string> Texts(CorpusConfig corpus, long characters, IProgress<StepReport> progress, CancellationToken ct)
    {
        var files = DocumentReaders.List(corpus.Domain, "corpus.domain");
        var random = new CounterRandom(0, "tokenizer sample");
        var admission = new DocumentAdmission(corpus);
        var refused = new SortedDictionary<string, int>(StringComparer.Ordinal);
        long read = 0;
        foreach (var file in files.Select((file, i) => (file, i)).OrderBy(entry => random.Bits(entry.i)).Select(entry => entry.file))
        {
            foreach (var text in Admitted(file, admission, refused))
            {
                ct.ThrowIfCancellationRequested();
                yield return text;
                read += text.Length;
                progress.Report(new StepReport("reading documents for the tokenizer", Math.Min(read, characters), characters, "characters"));
                if (read >= characters) yield break;
            }
        }
        if (read == 0 && refused.Count > 0)
            throw new UserInputException($"corpus.domain: no document may be used ({string.Join(", ", refused.Select(reason => $"{reason.Value} {reason.Key}"))}); expected text to learn the tokenizer from. {(refused.ContainsKey(LicenseDecision.ReasonUnknown) ? "Say in corpus.licenses on what basis the documents may be used." : "Check the folders.")}");
    }

    /// <summary>What may be used of a file: nothing where a part of it cannot be read.</summary>
    private static List<string> Admitted(SourceFile file, DocumentAdmission admission, SortedDictionary<string, int> refused)
    {
        try
        {
            var documents = DocumentReaders.Read(file).Select(admission.Of).ToList();
            foreach (var document in documents)
                if (document.Reason is { } reason) refused[reason] = refused.GetValueOrDefault(reason) + 1;
            return [.. documents.Where(document => document.Reason is null).Select(document => document.Text)];
        }
        catch (RefusedDocumentException)
        {
            // The corpus step names it in its report.
            return [];
        }
    }
}
