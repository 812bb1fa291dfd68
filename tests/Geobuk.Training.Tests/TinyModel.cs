using Geobuk.Corpus;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Training.Tests;

/// <summary>A fresh model of some ten thousand weights and a corpus of made-up notices, built once.</summary>
public sealed class TinyModel : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-tiny-").FullName;

    private readonly CorpusConfig _corpus;

    public TinyModel()
    {
        var (domain, general) = (Path.Combine(_folder, "domain"), Path.Combine(_folder, "general"));
        Write(domain, i => $"제{i}조 (휴가) 휴가를 신청하려는 사람은 {i % 7 + 2}일 전까지 소속 부서장에게 신청서를 내야 한다. 담당 부서는 접수한 날부터 {i % 5 + 1}일 이내에 알린다.");
        Write(general, i => $"도서관 안내 {i}호: 자료는 한 번에 {i % 4 + 3}권까지 빌릴 수 있고 기간은 {i % 3 + 1}주이다. 늦으면 그만큼 빌릴 수 없다.");
        var corpus = _corpus = new CorpusConfig { Domain = [domain], General = [general], ReplayShare = 0.3, ValidationShare = 0.2, Licenses = new Dictionary<string, string> { ["domain"] = "open_license (Apache-2.0)", ["general"] = "open_license (Apache-2.0)" } };
        var quiet = new InlineProgress(_ => { });
        BaseStep.Run(new BaseConfig
        {
            Architecture = new ArchitectureConfig { HiddenSize = 32, IntermediateSize = 64, Layers = 2, Heads = 2, KeyValueHeads = 1, MaxPositions = 128 },
            Tokenizer = new TokenizerConfig { VocabularySize = 320 },
        }, corpus, 5, Base, quiet, default);
        CorpusStep.Run(corpus, 5, Base, Corpus, quiet, default);
        Config = ModelConfig.Load(Base);
    }

    /// <summary>The same documents, divided another way.</summary>
    public void BuildOther(string folder) => CorpusStep.Run(_corpus, 6, Base, folder, new InlineProgress(_ => { }), default);

    public string Base => Path.Combine(_folder, "base");

    public string Corpus => Path.Combine(_folder, "corpus");

    public ModelConfig Config { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Write(string folder, Func<int, string> text)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < 40; i++) File.WriteAllText(Path.Combine(folder, $"{i}.txt"), text(i));
    }
}
