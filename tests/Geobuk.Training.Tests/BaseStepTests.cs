using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Training.Tests;

public sealed class BaseStepTests
{
    [Fact]
    public void ATokenizerOfDocumentsThatNobodyAllowed_SaysWhatToState()
    {
        var folder = Directory.CreateTempSubdirectory("geobuk-base").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "domain"));
        File.WriteAllText(Path.Combine(folder, "domain", "a.txt"), "제1조 (목적) 이 규정은 휴가에 관한 사항을 정한다.\n");
        var config = new BaseConfig { Architecture = new ArchitectureConfig { HiddenSize = 32, IntermediateSize = 64, Layers = 1, Heads = 2, KeyValueHeads = 1, MaxPositions = 64 }, Tokenizer = new TokenizerConfig { VocabularySize = 300 } };

        var error = Assert.Throws<UserInputException>(() => BaseStep.Run(config, new CorpusConfig { Domain = [Path.Combine(folder, "domain")] }, 1, Path.Combine(folder, "out"), new InlineProgress(_ => { }), default));

        Assert.Contains("1 license_unknown", error.Message, StringComparison.Ordinal);
        Assert.Contains("corpus.licenses", error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }
}
