using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Sources;

public sealed class StatuteTests : IDisposable
{
    private const string Statute = """
        ---
        제목: 시험병역법
        법령MST: 1
        법령구분: 법률
        소관부처:
        - 국방부
        첨부파일:
        - 제목: 삭제 &lt;2020. 12. 30.&gt;
          파일링크: https://www.law.go.kr/x
        ---

        # 시험병역법

        ## 제1장 총칙 <개정 2009.6.9>

        ##### 제5조의2 (병역의 종류)

        **①** 병역은 다음 각 호와 같다. <개정 2013.6.4>

          1\. 현역(現役): 다음 각 목의 사람
            가\. 징집된 병(兵)
            나\. 장교로 복무하는 사람 

         1) 사회복무요원
         

          10의2\. 삭제 <2016.1.19>

        **㉑** [별표 1](이하 "별표"라 한다)에 따른다.<img id="1"></img>

        ## 부칙

        부칙 <제457호,1995.6.30>


        제1조(시행일) 이 법은 공포한 날부터 시행한다.

        ①이 항은 예외로 한다.
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private SourceDocument Read(string text, string name = "법률.md")
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return Assert.Single(DocumentReaders.Read(path));
    }

    [Fact]
    public void Read_Statute_RendersPlainText()
    {
        var expected = """
            시험병역법 (법률)

            제1장 총칙 <개정 2009.6.9>

            제5조의2 (병역의 종류)
            ① 병역은 다음 각 호와 같다. <개정 2013.6.4>
            1. 현역(現役): 다음 각 목의 사람
            가. 징집된 병(兵)
            나. 장교로 복무하는 사람
            1) 사회복무요원
            10의2. 삭제 <2016.1.19>
            ㉑ [별표 1](이하 "별표"라 한다)에 따른다.

            부칙 <제457호,1995.6.30>
            제1조(시행일) 이 법은 공포한 날부터 시행한다.
            ① 이 항은 예외로 한다.
            """;

        Assert.Equal(expected, Read(Statute).Text);
    }

    [Fact]
    public void Read_Statute_GivesPathsThatCitationsUse()
    {
        var document = Read(Statute);
        string Path(string start) => document.Blocks.First(block => block.Text.StartsWith(start, StringComparison.Ordinal)).Path;

        Assert.Equal("시험병역법", document.Title);
        Assert.Equal("법률", document.Kind);
        Assert.Equal(1, document.ArticleCount);
        Assert.Equal("시험병역법/제5조의2", Path("제5조의2"));
        Assert.Equal("시험병역법/제5조의2/①", Path("①"));
        Assert.Equal("시험병역법/제5조의2/①/1/가", Path("가."));
        Assert.Equal("시험병역법/제5조의2/①/1/나/1", Path("1)"));
        Assert.Equal("시험병역법/제5조의2/①/10의2", Path("10의2"));
        Assert.Equal("시험병역법/제5조의2/㉑", Path("㉑"));
        Assert.Equal("시험병역법/부칙 제457호/제1조", Path("제1조"));
        Assert.Equal("시험병역법/부칙 제457호/제1조/①", Path("① 이 항"));
    }

    [Fact]
    public void Read_Statute_KeepsIdentityAndDates()
    {
        var document = Read("---\n제목: 시험병역법\n법령MST: 77\n법령ID: '001234'\n소관부처:\n- 국방부\n- 병무청\n공포일자: 2026-01-06\n공포번호: '21234'\n시행일자: 2026-07-07\n출처: https://x/y\n---\n\n##### 제1조 (목적)\n\n본문");

        Assert.Equal("statute-markdown", document.Format);
        Assert.Equal(new DocumentDates(new DateOnly(2026, 1, 6), new DateOnly(2026, 7, 7)), document.Dates);
        Assert.Equal(("001234", "77", "21234"), (document.Law!.LawId, document.Law.VersionId, document.Law.Number));
        Assert.Equal(["국방부", "병무청"], document.Law.Ministries);
        Assert.Equal("https://x/y", document.Origin);
    }

    [Fact]
    public void Read_Statute_ClassifiesBlocks()
    {
        var kinds = Read(Statute).Blocks.Select(block => block.Kind);

        Assert.Equal(
            [BlockKind.Title, BlockKind.Chapter, BlockKind.Article, BlockKind.Clause, BlockKind.Item, BlockKind.SubItem, BlockKind.SubItem, BlockKind.Detail, BlockKind.Item, BlockKind.Clause, BlockKind.Supplement, BlockKind.Text, BlockKind.Clause],
            kinds);
    }

    [SkippableFact]
    public void Read_DefenceStatutes_CountsArticlesAsTheManifestDoes()
    {
        var folder = Geobuk.Tests.TestPaths.Shared("data", "statutes-defence");
        var differing = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(folder, "manifest.jsonl")).Take(60))
        {
            using var json = System.Text.Json.JsonDocument.Parse(line);
            var file = json.RootElement.GetProperty("file").GetString()!;
            var articles = DocumentReaders.Read(Path.Combine(folder, file)).Single().ArticleCount;
            if (articles != json.RootElement.GetProperty("articles").GetInt32()) differing.Add($"{file}: {articles}");
        }

        Assert.Empty(differing);
    }
}
