using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Selection;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Duplicates;

/// <summary>Through the corpus step: what goes, what stays, and why.</summary>
public sealed class NearDuplicateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "in"));
        File.WriteAllText(Path.Combine(_folder, "in", name), text);
    }

    private (CorpusReport Report, List<NearDuplicatePair> Pairs) Run(CleaningConfig? cleaning = null, string output = "out", long kept = long.MaxValue, int threads = -1)
    {
        var config = new CorpusConfig { Domain = [Path.Combine(_folder, "in")], Licenses = TestLicenses.All, ValidationShare = 0.2, Cleaning = cleaning ?? new CleaningConfig() };
        var target = Path.Combine(_folder, output);
        var report = CorpusStep.Run(config, 17, ByteEncoder.Create(), target, (new Progress<StepReport>(), new ParallelOptions { MaxDegreeOfParallelism = threads }), mayBeEmpty: true, kept);
        return (report, [.. NearDuplicatePair.Read(target)]);
    }

    private static string Press(string town, int paragraphs = 12) => string.Join("\n\n", Enumerable.Range(1, paragraphs)
        .Select(i => $"{i}차 발표에 따르면 국방부는 지역 주민과 함께하는 행사를 준비하였으며 참가자는 {i * 37}명이고 장소는 종합운동장이다. {(i == 7 ? town : "")}"));

    // Sister templates: the same decree for two commands, as 사령부령 are.
    private static string Decree(string command, string? front = null, int days = 30) => $"""
        {(front is null ? "" : $"---\n{front}\n---\n")}# {command}령

        ##### 제1조 (설치)

        육군의 작전을 수행하기 위하여 육군에 {command}를 둔다. <개정 2010.7.1>

        ##### 제2조 (사령관등)

        **①** 사령부에 사령관 1인과 부사령관 1인을 두되, 사령관은 장관급 장교로 보하고 부사령관은 영관급 장교로 보한다.

        **②** 사령관은 참모총장의 명을 받아 사령부의 업무를 통할하고 예하부대를 지휘ㆍ감독하며 매년 {days}일까지 그 결과를 보고한다.

        ##### 제3조 (부서와 부대의 설치)

        **①** 사령부에 필요한 참모부서를 두되, 그 설치와 사무분장에 관한 사항은 참모총장이 정하고 정원은 대통령령으로 정하는 바에 따른다.

        **②** 사령관 소속하에 필요한 부대를 둘 수 있으며 그 편성과 임무는 국방부장관의 승인을 얻어 참모총장이 정한다.
        """;

    [Fact]
    public void Run_NearlyEqualPressReleases_KeepsTheFirst()
    {
        Write("a.txt", Press("홍천군"));
        Write("b.txt", Press("인제군 문화회관"));
        Write("c.txt", string.Join("\n\n", Enumerable.Range(1, 9).Select(i => $"병무청은 {i}월의 사회복무요원 소집 계획을 알렸고 대상은 {i * 311}명이다.")));

        var (report, pairs) = Run();

        var pair = Assert.Single(pairs);
        Assert.Equal(("b.txt", "a.txt", Kinship.Similar, true), (pair.Id, pair.Other, pair.Relation, pair.Dropped));
        Assert.InRange(pair.Similarity, 0.8, 0.999);
        Assert.Equal(1, report.Dropped[DropReason.NearDuplicate]);
        Assert.Equal(1, report.NearDuplicates[Kinship.Similar]);
        Assert.Contains("like a.txt", File.ReadAllText(Path.Combine(_folder, "out", "dropped.jsonl")));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "out"), "*.tmp"));
    }

    [Fact]
    public void Run_ReportOrIgnore_DropsNothing()
    {
        Write("a.txt", Press("홍천군"));
        Write("b.txt", Press("인제군"));

        var (reported, pairs) = Run(new CleaningConfig { NearDuplicates = NearDuplicatePolicy.Report });
        var (ignored, none) = Run(new CleaningConfig { NearDuplicates = NearDuplicatePolicy.Ignore }, "ignored");

        Assert.Equal((2, 2), (reported.Kept, ignored.Kept));
        Assert.False(Assert.Single(pairs).Dropped);
        Assert.Empty(none);
    }

    [Theory]
    [InlineData("", "", Kinship.Sister)]
    [InlineData("법령ID: '000001'\n법령MST: 10\n제목: 제1군사령부령", "법령ID: '000002'\n법령MST: 20\n제목: 제2군사령부령", Kinship.Sister)]
    public void Run_SisterTemplates_KeepsBoth(string front, string otherFront, string relation)
    {
        Write("a.md", Decree("제1군사령부", front.Length == 0 ? null : front));
        Write("b.md", Decree("제2군사령부", otherFront.Length == 0 ? null : otherFront));

        var (report, pairs) = Run();

        Assert.Equal(2, report.Kept);
        var pair = Assert.Single(pairs);
        Assert.Equal((relation, false), (pair.Relation, pair.Dropped));
        // Of two documents one is held out.
        Assert.Contains(report.Notes, note => note.StartsWith("split: 1 pairs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("법령ID: '000001'\n법령MST: 10", "법령ID: '000001'\n법령MST: 11", Kinship.Version, 2)]
    [InlineData("법령ID: '000001'\n법령MST: 10", "법령ID: '000001'\n법령MST: 10", Kinship.Copy, 1)]
    [InlineData("공포일자: 2010-07-01", "공포일자: 2012-01-01", Kinship.Version, 2)]
    [InlineData("공포일자: 2010-07-01", "공포일자: 2010-07-01", Kinship.Copy, 1)]
    [InlineData(null, null, Kinship.Version, 2)]
    public void Run_OneNameTwice_IsAVersionUnlessIdentityOrDateSaysCopy(string? front, string? otherFront, string relation, int kept)
    {
        Write("a.md", Decree("제1군사령부", front, days: 30));
        Write("b.md", Decree("제1군사령부", otherFront, days: 45));

        var (report, pairs) = Run();

        Assert.Equal(kept, report.Kept);
        Assert.Equal(relation, Assert.Single(pairs).Relation);
    }

    [Fact]
    public void Run_OneRegulationInTwoLayouts_IsACopy()
    {
        Write("a.md", Decree("제1군사령부"));
        Write("b.md", Decree("제1군사령부").Replace("둔다.", "둔다 .").Replace("ㆍ", "·"));

        var (report, pairs) = Run();

        Assert.Equal(1, report.Kept);
        Assert.Equal((Kinship.Copy, true), (pairs[0].Relation, pairs[0].Dropped));
    }

    [Fact]
    public void Run_RegulationsInPlainText_AreKept()
    {
        Write("a.txt", Decree("제1군사령부"));
        Write("b.txt", Decree("제2군사령부"));

        Assert.Equal(2, Run().Report.Kept);
    }

    [Fact]
    public void Run_ChainOfSimilarDocuments_DropsOnlyForOnesThatStay()
    {
        for (var i = 0; i < 6; i++) Write($"{i}.txt", Press($"제{i}차 행사") + string.Concat(Enumerable.Range(0, i).Select(j => $"\n\n추가 {j}: 제{j}분과는 {j * 91}명의 자원봉사자와 함께 주변을 정리하였다.")));

        var (_, pairs) = Run();

        var gone = pairs.Where(pair => pair.Dropped).Select(pair => pair.Id).ToHashSet();
        Assert.NotEmpty(gone);
        Assert.All(pairs.Where(pair => pair.Dropped), pair => Assert.DoesNotContain(pair.Other, gone));
    }

    [Fact]
    public void Run_OneTwoOrFourThreads_GiveTheSameFiles()
    {
        // Long and short in turn, so that threads finish out of order.
        for (var i = 0; i < 40; i++) Write($"{i:00}.txt", Press($"{i % 8}번 시군 {i}", i % 2 == 0 ? 12 : 90));
        var cleaning = new CleaningConfig { RepeatedPassageCharacters = 100 };

        var one = Run(cleaning, "1", threads: 1);

        Assert.True(one.Pairs.Count(pair => pair.Dropped) > 4);
        foreach (var threads in new[] { 2, 4 })
        {
            Assert.Equal(one.Pairs, Run(cleaning, $"{threads}", threads: threads).Pairs);
            foreach (var file in Directory.GetFiles(Path.Combine(_folder, "1"))) Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_folder, $"{threads}", Path.GetFileName(file))));
        }
    }

    [Fact]
    public void Run_TextsReadAgain_GivesTheSamePairs()
    {
        for (var i = 0; i < 30; i++) Write($"{i:00}.txt", Press($"{i % 10}번 시군 {i}", 12 + i / 10));

        var (_, inMemory) = Run();
        var (_, readAgain) = Run(output: "again", kept: 0);

        Assert.NotEmpty(inMemory);
        Assert.Equal(inMemory, readAgain);
        foreach (var file in Directory.GetFiles(Path.Combine(_folder, "out"))) Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_folder, "again", Path.GetFileName(file))));
    }
}
