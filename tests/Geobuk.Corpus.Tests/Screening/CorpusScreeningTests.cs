using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Screening;

public sealed class CorpusScreeningTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData(100_000)]
    [InlineData(0)]
    public void Run_MarkedAndPersonalDocuments_QuarantinesAndMasks(long keptCharacters)
    {
        for (var i = 0; i < 12; i++) Write($"{i:00}.txt", $"제{i}조 담당자는 접수한 날부터 {i}일 이내에 결과를 통보하여야 한다.");
        Write("marked.txt", "대 외 비\n부대 이전 계획을 다음과 같이 정한다. 담당 부서는 이를 시행한다.");
        Write("person.txt", "신청인의 연락처는 010-1234-5678이고 주민등록번호는 900101-1234568이다.");
        var config = new CorpusConfig { Domain = [_folder], Licenses = TestLicenses.All, ValidationShare = 0.1, MaxValidationTokens = 300 };
        using var output = new TemporaryFolder();
        var report = CorpusStep.Run(config, 17, ByteEncoder.Create(), output.Path, (new Progress<StepReport>(), new ParallelOptions()), false, keptCharacters);
        Assert.Equal(1, report.Quarantined[FindingKind.SecurityMarking]);
        Assert.Equal((1, 1), (report.Redactions[FindingKind.Phone], report.Redactions[FindingKind.ResidentNumber]));
        Assert.Equal((14, 13), (report.Documents, report.Kept));
        var text = string.Concat(Texts(output.Path, "train.domain").Concat(Texts(output.Path, "validation.domain")));
        Assert.Contains("연락처는 [전화번호]이고 주민등록번호는 [주민등록번호]이다.", text);
        Assert.DoesNotContain("부대 이전 계획", text);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private static IEnumerable<string> Texts(string folder, string set)
    {
        using var reader = ShardReader.Open(Path.Combine(folder, set + ".bin"));
        return [.. Enumerable.Range(0, reader.DocumentCount).Select(i => ByteEncoder.Decode(reader.Document(i)))];
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory().FullName;

        public void Dispose() => Directory.Delete(Path, true);
    }
}
