using System.Text.Json;
using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Shards;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Cleaning;

/// <summary>Through the corpus step: stubs, supplements and repeated passages.</summary>
public sealed class StatuteCleaningTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "in"));
        File.WriteAllText(Path.Combine(_folder, "in", file), text);
    }

    private (Dictionary<string, string> Texts, List<CutText> Cuts, CorpusReport Report) Run(CleaningConfig cleaning, string output = "out", long kept = long.MaxValue)
    {
        var target = Path.Combine(_folder, output);
        var config = new CorpusConfig { Domain = [Path.Combine(_folder, "in")], Licenses = TestLicenses.All, Cleaning = cleaning with { NearDuplicates = NearDuplicatePolicy.Ignore } };
        var report = CorpusStep.Run(config, 17, ByteEncoder.Create(), target, (new Progress<StepReport>(), new ParallelOptions()), mayBeEmpty: false, kept);
        var texts = new Dictionary<string, string>();
        foreach (var group in CorpusRow.Read(target).Where(row => row.Set is not null).GroupBy(row => row.Set))
        {
            using var shard = ShardReader.Open(Path.Combine(target, group.Key + ".bin"));
            foreach (var row in group) texts[row.Id] = ByteEncoder.Decode(shard.Document(row.Place!.Value));
        }
        var json = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        return (texts, [.. File.ReadLines(Path.Combine(target, "cuts.jsonl")).Select(line => JsonSerializer.Deserialize<CutText>(line, json)!)], report);
    }

    private static string Law(string name, string supplement) => $"""
        # {name}

        ##### 제1조 (목적)

        이 법은 {name}에 관하여 규정함을 목적으로 한다.

        ##### 제2조

        삭제 <2010.3.17>

        ##### 제3조 (업무)

        **①** 위원회는 다음 각 호의 업무를 한다.

          1\. 계획의 수립

          2\. 삭제 <2012.1.1, 2013.1.1>

        **②** 삭제 <2012.1.1>

        ##### 제4조 (기록의 삭제)

        기록은 3년이 지나면 삭제한다.

        ## 부칙

        {supplement}
        """;

    [Fact]
    public void Run_DropDeletionStubs_CutsThemAndNothingElse()
    {
        Write("a.md", Law("가법", "부칙 <제1호,2010.3.17>\n\n이 법은 공포한 날부터 시행한다. 연락은 010-2345-6789로 한다."));
        Write("b.txt", "삭제\n둘째 줄은 문서를 삭제하는 절차를 설명하는 안내문이다.");

        var (texts, cuts, report) = Run(new CleaningConfig { DropDeletionStubs = true });

        Assert.Equal("""
            가법

            제1조 (목적)
            이 법은 가법에 관하여 규정함을 목적으로 한다.

            제3조 (업무)
            ① 위원회는 다음 각 호의 업무를 한다.
            1. 계획의 수립

            제4조 (기록의 삭제)
            기록은 3년이 지나면 삭제한다.

            부칙 <제1호,2010.3.17>
            이 법은 공포한 날부터 시행한다. 연락은 [전화번호]로 한다.
            """, texts["a.md"]);
        Assert.StartsWith("삭제\n", texts["b.txt"]);
        Assert.Equal(["제2조", "삭제 <2010.3.17>", "2. 삭제 <2012.1.1, 2013.1.1>", "② 삭제 <2012.1.1>"], cuts.Select(cut => cut.Text));
        Assert.Equal(4, report.CutOut[CutText.DeletionStub].Passages);
    }

    [Fact]
    public void Run_DropSupplements_LeavesTheArticles()
    {
        Write("a.md", Law("가법", "부칙 <제1호,2010.3.17>\n\n이 법은 공포한 날부터 시행한다."));

        var (texts, cuts, _) = Run(new CleaningConfig { Supplements = SupplementPolicy.Drop });

        Assert.EndsWith("기록은 3년이 지나면 삭제한다.", texts["a.md"]);
        Assert.All(cuts, cut => Assert.Equal(CutText.Supplement, cut.Kind));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Run_DropRepeatedSupplements_KeepsTheFirstOfEachLine(long kept)
    {
        const string Boilerplate = "제1조(시행일) 이 법은 공포한 날부터 시행한다.";
        Write("a.md", Law("가법", $"부칙 <제1호,2010.3.17>\n\n{Boilerplate}\n\n제2조(경과조치) 가법의 시행 전에 한 처분은 가법에 따른 처분으로 본다."));
        Write("b.md", Law("나법", $"부칙 <제2호,2011.3.17>\n\n{Boilerplate}\n\n제2조(경과조치) 나법의 시행 전에 한 처분은 나법에 따른 처분으로 본다.\n\n부칙 <제3호,2012.3.17>\n\n{Boilerplate}"));

        var (texts, cuts, report) = Run(new CleaningConfig { Supplements = SupplementPolicy.DropRepeated }, kept: kept);

        Assert.Contains(Boilerplate, texts["a.md"]);
        Assert.DoesNotContain("공포한 날", texts["b.md"]);
        Assert.Contains("제2조(경과조치) 나법의", texts["b.md"]);
        Assert.Contains("① 위원회는 다음 각 호의 업무를 한다.", texts["b.md"]);
        Assert.Equal(2, cuts.Count);
        Assert.All(cuts, cut => Assert.Equal(("b.md", "a.md", CutText.RepeatedLine), (cut.Id, cut.First, cut.Kind)));
        Assert.Equal(2 * (Boilerplate.Length + 1), report.CutOut[CutText.RepeatedLine].Characters, 1.0);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Run_RepeatedPassages_AreCutFromTheLaterDocumentOnly(long kept)
    {
        var passage = string.Join('\n', Enumerable.Range(1, 4).Select(i => $"{i}번째 공통 안내: 신청서는 해당 부서의 장에게 제출하고 접수증을 받아 보관한다."));
        Write("a.txt", $"첫 문서의 머리말은 이러하다.\n{passage}\n첫 문서의 맺음말은 이러하다.");
        Write("b.txt", $"둘째 문서의 머리말은 다르다.\n\n{passage}\n\n둘째 문서의 맺음말도 다르다.");
        Write("c.txt", $"셋째는 한 줄만 같다.\n{passage.Split('\n')[0]}\n나머지는 모두 다르다.");
        Write("law.md", Law("다법", passage).Replace("기록은 3년이 지나면 삭제한다.", passage.Replace("\n", "\n\n")));

        var (texts, cuts, report) = Run(new CleaningConfig { RepeatedPassageCharacters = 80 }, kept: kept);

        Assert.Contains(passage, texts["a.txt"]);
        Assert.Equal("둘째 문서의 머리말은 다르다.\n\n둘째 문서의 맺음말도 다르다.", texts["b.txt"]);
        Assert.Contains(passage.Split('\n')[0], texts["c.txt"]);
        // Once in the article, where it stays; in the supplement it goes.
        Assert.Equal(2, texts["law.md"].Split("3번째 공통 안내").Length);
        Assert.Contains("제4조 (기록의 삭제)\n1번째 공통 안내", texts["law.md"]);
        Assert.Equal(cuts.Sum(cut => (long)cut.Characters), report.CutOut[CutText.RepeatedPassage].Characters);
    }

    [Fact]
    public void Run_PassageTwiceInOneDocument_KeepsOne()
    {
        var passage = "이 안내문의 본문은 두 번 나오며 두 번째 것은 지워져야 한다. 그 길이는 오십 자를 넘는다. 그래서 찾을 수 있다.";
        Write("a.txt", $"{passage}\n가운데 줄.\n{passage}\n끝줄.");
        Write("b.txt", "───────────────────────────────────────────────────────────────────────────────────────────\n표의 줄은 그대로 둔다.");

        var (texts, _, _) = Run(new CleaningConfig { RepeatedPassageCharacters = 40 });

        Assert.Equal($"{passage}\n가운데 줄.\n끝줄.", texts["a.txt"]);
        Assert.EndsWith("표의 줄은 그대로 둔다.", texts["b.txt"]);
    }

    [Fact]
    public void Find_AnyCapacity_CutsTheSame()
    {
        for (var i = 0; i < 20; i++)
            Write($"{i:00}.txt", string.Join('\n', Enumerable.Range(0, 12).Select(j => $"{(i * 7 + j * (1 + i % 3)) % 25}번 문단은 여러 문서에 되풀이되는 안내이며 그 길이가 충분히 길다.")));

        var (all, cuts, _) = Run(new CleaningConfig { RepeatedPassageCharacters = 30 });
        var (again, cutsAgain, _) = Run(new CleaningConfig { RepeatedPassageCharacters = 30 }, "again", 0);

        Assert.NotEmpty(cuts);
        Assert.Equal(cuts, cutsAgain);
        Assert.Equal(all, again);
    }
}
