using System.Text.Json.Nodes;
using Geobuk.Corpus.Cards;
using Geobuk.Corpus.Lineage;
using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Cards;

/// <summary>One small corpus with a masked and a quarantined document, its cards and its lineage.</summary>
public sealed class CorpusCardsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public CorpusCardsTests()
    {
        Directory.CreateDirectory(Source);
        for (var i = 0; i < 12; i++) File.WriteAllText(Path.Combine(Source, $"{i:00}.txt"), $"제{i}조 담당자는 접수한 날부터 {i}일 이내에 결과를 통보하여야 한다.");
        File.WriteAllText(Path.Combine(Source, "person.txt"), "신청인의 연락처는 010-1234-5678이다. 담당자는 신청을 받은 날에 알린다.");
        File.WriteAllText(Path.Combine(Source, "marked.txt"), "대 외 비\n부대 행사 계획을 다음과 같이 정한다. 담당 부서는 이를 시행한다.");
        var config = new CorpusConfig { Domain = [Source], Licenses = new Dictionary<string, string> { ["domain"] = "kogl_1_ai" }, ValidationShare = 0.2, MaxValidationTokens = 400 };
        CorpusStep.Build(config, 17, ByteEncoder.Create(), Out, new Progress<StepReport>(), default);
        CorpusCards.Write(Out, "견본", new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), "Geobuk 0.1.0");
    }

    private string Source => Path.Combine(_folder, "docs");

    private string Out => Path.Combine(_folder, "out");

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Write_FinishedCorpus_MeetsBothStandards() => Assert.Empty(CorpusCards.Problems(Out));

    [Fact]
    public void Write_Obligations_StandInEveryCard()
    {
        foreach (var card in CorpusCards.Names)
        {
            var text = File.ReadAllText(Path.Combine(Out, card));
            Assert.True(text.Contains("no_verbatim_output", StringComparison.Ordinal) || text.Contains("원문 그대로 출력하지 않을 것", StringComparison.Ordinal), card);
        }
        Assert.Equal(["attribution", "no_resale", "no_verbatim_output"], CorpusReport.Load(Path.Combine(Out, "corpus.json")).Obligations);
    }

    [Theory]
    [InlineData("croissant.json", "license", "license is missing")]
    [InlineData("croissant.json", "conformsTo", "conformsTo does not name")]
    [InlineData("croissant.json", "datePublished", "datePublished is")]
    [InlineData("spdx.json", "@context", "@context is")]
    [InlineData("spdx.json", "@graph", "expected exactly one SpdxDocument")]
    public void Problems_MissingPart_IsNamed(string name, string key, string expected)
    {
        var card = Card(name);
        card.Remove(key);
        Save(name, card);
        Assert.Contains(CorpusCards.Problems(Out), problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dataset_datasetType")]
    [InlineData("originatedBy")]
    [InlineData("builtTime")]
    [InlineData("releaseTime")]
    [InlineData("software_downloadLocation")]
    [InlineData("software_primaryPurpose")]
    [InlineData("creationInfo")]
    public void Problems_DatasetWithoutARequiredProperty_IsNamed(string property)
    {
        var card = Card("spdx.json");
        card["@graph"]!.AsArray().Single(element => (string?)element!["type"] == "dataset_DatasetPackage")!.AsObject().Remove(property);
        Save("spdx.json", card);
        Assert.Contains(CorpusCards.Problems(Out), problem => problem.Contains(property, StringComparison.Ordinal));
    }

    [Fact]
    public void Problems_RelationshipToNowhere_IsNamed()
    {
        var card = Card("spdx.json");
        card["@graph"]!.AsArray().First(element => (string?)element!["relationshipType"] == "hasConcludedLicense")!["to"] = new JsonArray("urn:nowhere");
        Save("spdx.json", card);
        Assert.Contains(CorpusCards.Problems(Out), problem => problem.Contains("an end leads nowhere", StringComparison.Ordinal));
    }

    [Fact]
    public void Lineage_MaskedDocument_GoesFromBytesToTokens()
    {
        var lines = File.ReadLines(Path.Combine(Out, "lineage.jsonl")).Select(line => DocumentLineage.Parse(line, "")).ToList();
        Assert.Equal(13, lines.Count);
        var masked = lines.Single(line => line.Id == "person.txt");
        Assert.Equal(["read", "mask"], masked.Transforms.Where(transform => transform.Name != "cut").Select(transform => transform.Name));
        Assert.Equal(1, masked.Transforms[1].Changes!["phone"]);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(Source, "person.txt")))), masked.FileSha256);
        Assert.Equal(masked.FileSha256, masked.Transforms[0].Sha256);
        Assert.NotEqual(masked.Transforms[0].Sha256, masked.Transforms[1].Sha256);
    }

    [Fact]
    public void Verification_Untouched_IsWhole() => Assert.Empty(CorpusVerification.Problems(Out, default));

    [Fact]
    public void Verification_OneTokenChanged_NamesFileAndDocument()
    {
        var path = Path.Combine(Out, "train.domain.bin");
        var bytes = File.ReadAllBytes(path);
        bytes[ShardHeader.Size] ^= 1;
        File.WriteAllBytes(path, bytes);
        var problems = CorpusVerification.Problems(Out, default);
        Assert.Equal(2, problems.Count);
        Assert.StartsWith("train.domain.bin: SHA-256 is", problems[0]);
        Assert.Contains(": SHA-256 of its tokens is", problems[1]);
    }

    [Fact]
    public void Verification_LineOfLineageChanged_BreaksTheRoot()
    {
        var path = Path.Combine(Out, "lineage.jsonl");
        File.WriteAllText(path, File.ReadAllText(path).Replace("kogl_1_ai", "kogl_0", StringComparison.Ordinal));
        Assert.Contains(CorpusVerification.Problems(Out, default), problem => problem.StartsWith("lineage.jsonl: Merkle root is", StringComparison.Ordinal));
    }

    [Fact]
    public void ModelCard_OfTheCorpus_CarriesItsObligations()
    {
        ModelCard.Write(_folder, "견본", Out);
        var card = File.ReadAllText(Path.Combine(_folder, "README.md"));
        Assert.Contains("원문 그대로 출력하지 않을 것 (`no_verbatim_output`)", card);
        Assert.Contains("공공누리 제1유형 + AI유형", card);
    }

    [Fact]
    public void ModelCard_Carried_GoesOnToWhatIsMadeOfTheModel()
    {
        foreach (var name in new[] { "하나", "둘", "셋" }) Directory.CreateDirectory(Path.Combine(_folder, name));
        ModelCard.Write(Path.Combine(_folder, "하나"), "하나", Out);
        ModelCard.Write(Path.Combine(_folder, "둘"), "둘", Out);
        var cards = new[] { "없음", "하나", "둘" }.Select(name => ModelCard.PathOf(Path.Combine(_folder, name))).ToList();
        ModelCard.Carry(cards, Path.Combine(_folder, "셋"));
        ModelCard.Carry(cards.Take(2), Path.Combine(_folder, "light.gguf"));
        ModelCard.Carry(cards.Take(1), Path.Combine(_folder, "없음"));
        var both = File.ReadAllText(Path.Combine(_folder, "셋", "README.md"));
        Assert.StartsWith("---\nlanguage", both);
        Assert.Equal(3, both.Split("---\n").Length);
        Assert.Equal(3, both.Split("`no_verbatim_output`").Length);
        Assert.Equal(File.ReadAllText(cards[1]), File.ReadAllText(Path.Combine(_folder, "light.README.md")));
        Assert.False(Directory.Exists(Path.Combine(_folder, "없음")));
    }

    [Fact]
    public void QuarantinedItem_ReadAgain_ShowsTheFindingInPlace()
    {
        var dropped = Assert.Single(QuarantinedItem.List(Out));
        var item = QuarantinedItem.Find(Out, dropped.Item![..12]);
        var finding = Assert.Single(item.Findings);
        Assert.Equal("대 외 비", item.Document!.Text.Substring(finding.Start, finding.Length));
    }

    [Fact]
    public void QuarantinedItem_ChangedSince_CannotBeDecided()
    {
        var item = QuarantinedItem.List(Out)[0].Item!;
        File.AppendAllText(Path.Combine(Source, "marked.txt"), " 고침");
        Assert.Contains("it has changed since the corpus was made", Assert.Throws<UserInputException>(() => QuarantinedItem.Find(Out, item[..12])).Message);
    }

    [Theory]
    [InlineData("0000000")]
    [InlineData("0123456789abcdef")]
    public void QuarantinedItem_UnknownOrShortName_IsRefused(string prefix) =>
        Assert.Contains("0 quarantined items begin so; expected exactly one", Assert.Throws<UserInputException>(() => QuarantinedItem.Find(Out, prefix)).Message);

    private JsonObject Card(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Out, name)))!.AsObject();

    private void Save(string name, JsonObject card) => File.WriteAllText(Path.Combine(Out, name), card.ToJsonString());
}
