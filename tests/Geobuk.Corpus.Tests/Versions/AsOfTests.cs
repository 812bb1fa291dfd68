using Geobuk.Corpus.Selection;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Versions;

/// <summary>Through the corpus step: which versions stand on a day, and the table that says so.</summary>
public sealed class AsOfTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private void Law(string file, string law, int version, string promulgated, string effective, string? revision = null) =>
        Write(file, $"---\n제목: 가상병역법{law}\n법령ID: '{law}'\n법령MST: {version}\n공포일자: {promulgated}\n시행일자: {effective}\n{(revision is null ? "" : $"제개정구분: {revision}\n")}---\n\n##### 제1조 (목적)\n\n이 법은 {version}번째 판이며 병역의무에 관하여 규정함을 목적으로 한다.\n\n##### 제2조 (기간)\n\n복무기간은 {version}개월로 한다.\n");

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "in"));
        File.WriteAllText(Path.Combine(_folder, "in", file), text);
    }

    private (CorpusReport Report, Dictionary<string, CorpusRow> Rows) Run(CleaningConfig cleaning)
    {
        var output = Path.Combine(_folder, "out");
        var config = new CorpusConfig { Domain = [Path.Combine(_folder, "in")], Licenses = TestLicenses.All, Cleaning = cleaning };
        var report = CorpusStep.Build(config, 17, ByteEncoder.Create(), output, new Progress<StepReport>(), default);
        return (report, CorpusRow.Read(output).ToDictionary(row => row.Id));
    }

    [Theory]
    [InlineData("1999-12-31", "")]
    [InlineData("2000-01-01", "v10")]
    [InlineData("2010-06-30", "v10")]
    [InlineData("2010-07-01", "v20")]
    [InlineData("2015-01-01", "v30")]
    [InlineData("2026-01-01", "v40")]
    public void Run_VersionsOfALaw_KeepsTheOneInForce(string day, string kept)
    {
        Law("v10.md", "A", 10, "1999-11-01", "2000-01-01");
        Law("v20.md", "A", 20, "2010-01-01", "2010-07-01");
        // Promulgated later, in force on the same day: it includes the other.
        Law("v25.md", "A", 25, "2014-01-01", "2015-01-01");
        Law("v30.md", "A", 30, "2014-12-01", "2015-01-01");
        Law("v40.md", "A", 40, "2014-06-01", "2020-01-01");
        Write("note.txt", "날짜가 없는 안내문은 어느 때의 것인지 알 수 없으므로 남긴다.");

        var (report, rows) = Run(new CleaningConfig { AsOf = day });

        Assert.Equal(kept, string.Join(' ', rows.Values.Where(row => row.Set is not null && row.LawId is not null).Select(row => row.Id[..^3])));
        Assert.NotNull(rows["note.txt"].Set);
        Assert.Contains(report.Notes, note => note.Contains("1 documents state no date"));
        Assert.All(rows.Values.Where(row => row.LawId is not null && row.Set is null), row => Assert.Equal(row.Effective > DateOnly.Parse(day) ? DropReason.NotYetInForce : DropReason.Superseded, row.Dropped));
    }

    [Fact]
    public void Run_RepealedLaw_IsGoneFromThatDay()
    {
        Law("v1.md", "A", 1, "2000-01-01", "2000-01-01");
        Law("v2.md", "A", 2, "2010-01-01", "2010-01-01", "타법폐지");
        Law("other.md", "B", 3, "2000-01-01", "2000-01-01");

        Assert.Equal(DropReason.Repealed, Run(new CleaningConfig { AsOf = "2012-01-01" }).Rows["v2.md"].Dropped);
        Assert.NotNull(Run(new CleaningConfig { AsOf = "2009-01-01" }).Rows["v1.md"].Set);
    }

    [Fact]
    public void Run_NoDay_KeepsEveryVersion()
    {
        Law("v1.md", "A", 1, "2000-01-01", "2000-01-01");
        Law("v2.md", "A", 2, "2010-01-01", "2010-01-01");

        var (report, rows) = Run(new CleaningConfig());

        Assert.Equal(2, report.Kept);
        Assert.Equal(("A", "1", "statute", 2, "ko"), (rows["v1.md"].LawId, rows["v1.md"].VersionId, rows["v1.md"].Statute ? "statute" : "", rows["v1.md"].Articles, rows["v1.md"].Language));
    }

    [Fact]
    public void Run_RemovedByIdLawOrHash_LeavesThemOut()
    {
        Law("a.md", "A", 1, "2000-01-01", "2000-01-01");
        Law("b.md", "B", 2, "2010-01-01", "2010-01-01");
        Write("c.txt", "이 안내문은 지울 것이다.".PadRight(30, '가'));
        Write("d.txt", "이 안내문은 남을 것이다.".PadRight(30, '나'));
        var hash = Run(new CleaningConfig()).Rows["c.txt"].Sha256;

        var (_, rows) = Run(new CleaningConfig { Remove = ["a.md", "B", hash] });

        Assert.Equal(["d.txt"], rows.Values.Where(row => row.Set is not null).Select(row => row.Id));
        Assert.Equal(DropReason.Removed, rows["c.txt"].Dropped);
    }

    [Fact]
    public void Run_Languages_DropsOthersButNoStatute()
    {
        Write("en.txt", "The contractor shall submit the report within thirty days after receipt.");
        Write("ko.txt", "계약상대자는 삼십일 이내에 보고서를 제출하여야 한다.");
        Write("law.md", "##### 제1조 (目的)\n\nThe purpose of this Act is stated in English.\n\n##### 제2조 (定義)\n\nTerms are defined here.\n");

        var (report, rows) = Run(new CleaningConfig { Languages = ["ko"] });

        Assert.Equal(2, report.Kept);
        Assert.Equal(DropReason.Language, rows["en.txt"].Dropped);
    }
}
