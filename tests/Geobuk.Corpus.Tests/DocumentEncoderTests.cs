using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests;

public sealed class DocumentEncoderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Run_TrainedTokenizer_ShardsDecodeToTheDocuments()
    {
        var texts = Enumerable.Range(0, 12).Select(i => $"제{i}조(休暇) 휴가는 {i}일로 한다. <|endoftext|>는 글자일 뿐이다. ㎡ ①").ToList();
        for (var i = 0; i < texts.Count; i++) File.WriteAllText(Path.Combine(_folder, $"{i}.txt"), texts[i]);
        var tokenizerFolder = Path.Combine(_folder, "tokenizer");
        BpeTrainer.Train(texts, 400, tokenizerFolder);
        var tokenizer = Tokenizer.Load(tokenizerFolder);
        var config = new CorpusConfig { Domain = [.. Directory.GetFiles(_folder, "*.txt")], Licenses = TestLicenses.All, ValidationShare = 0 };

        CorpusStep.Run(config, 1, tokenizerFolder, Path.Combine(_folder, "out"), new Progress<StepReport>(), default);

        using var reader = ShardReader.Open(Path.Combine(_folder, "out", "train.domain.bin"));
        var documents = Enumerable.Range(0, reader.DocumentCount).Select(reader.Document).ToList();
        Assert.Equal(tokenizer.Digest, reader.TokenizerDigest);
        Assert.Equal(tokenizer.VocabularySize, reader.VocabularySize);
        Assert.All(documents, document => Assert.Equal(document.Length - 1, Array.IndexOf(document, tokenizer.EosTokenId!.Value)));
        Assert.Equal(texts.Order(StringComparer.Ordinal), documents.Select(document => tokenizer.Decode(document[..^1])).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Load_FolderWithoutTokenizer_Fails() =>
        Assert.Throws<UserInputException>(() => DocumentEncoder.Load(_folder));
}
