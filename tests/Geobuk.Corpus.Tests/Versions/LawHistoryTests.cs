using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Geobuk.Corpus.Sources;
using Geobuk.Corpus.Versions;
using Geobuk.Models;

namespace Geobuk.Corpus.Tests.Versions;

public sealed class LawHistoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly List<string> _versions = [], _changes = [];
    private readonly Dictionary<(string, string), string> _texts = [];

    public void Dispose() => Directory.Delete(_folder, true);

    private void Version(string law, string day, string effective, string number, string change, params (string Article, string? Text)[] changes)
    {
        _versions.Add(JsonSerializer.Serialize(new { path = $"kr/{law}/법률.md", title = law, law_id = $"00{law.Length}", mst = number, promulgated = day, no = number, effective, change }));
        foreach (var (article, text) in changes)
        {
            var before = _texts.GetValueOrDefault((law, article));
            var digest = before is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(before)))[..16];
            _changes.Add(JsonSerializer.Serialize(new { path = $"kr/{law}/법률.md", title = law, article, op = text is null ? "del" : before is null ? "add" : "mod", promulgated = day, effective, no = number, text, prev_sha = digest }));
            if (text is null) _texts.Remove((law, article));
            else _texts[(law, article)] = text;
        }
    }

    private void Save()
    {
        File.WriteAllLines(Path.Combine(_folder, LawHistory.VersionsFile), _versions);
        File.WriteAllLines(Path.Combine(_folder, LawHistory.ChangesFile), _changes);
    }

    private void TwoLaws()
    {
        Version("병역법", "2000-01-01", "2000-06-01", "100", "제정", ("제1조", "(목적)\n이 법은 병역을 정한다."), ("제10조", "(벌칙)\n어기면 벌한다."), ("제2조", "(정의)\n**①** 뜻은 이러하다.\n  1\\. 병역"));
        Version("병역법", "2010-01-01", "2010-07-01", "200", "일부개정", ("제2조", "(정의)\n**①** 뜻은 저러하다.\n  1\\. 병역\n  2\\. 복무"), ("제2조의2", "(특례)\n특례를 둔다."), ("제10조", "삭제 <2010.1.1>"));
        Version("병역법", "2014-01-01", "2020-01-01", "300", "일부개정", ("제2조의2", null));
        Version("폐지될법", "2001-01-01", "2001-01-01", "110", "제정", ("제1조", "(목적)\n잠시 있는다."));
        Version("폐지될법", "2012-01-01", "2012-01-01", "210", "타법폐지");
        Save();
    }

    private IReadOnlyList<HistoricLaw> AsOf(string day) => LawHistory.AsOf(_folder, DateOnly.Parse(day), default);

    [Theory]
    [InlineData("2000-05-31", "")]
    [InlineData("2000-06-01", "병역법 100: 제1조 제2조 제10조")]
    [InlineData("2005-01-01", "병역법 100: 제1조 제2조 제10조; 폐지될법 110: 제1조")]
    [InlineData("2010-07-01", "병역법 200: 제1조 제2조 제2조의2 제10조; 폐지될법 110: 제1조")]
    [InlineData("2019-12-31", "병역법 200: 제1조 제2조 제2조의2 제10조")]
    [InlineData("2020-01-01", "병역법 300: 제1조 제2조 제10조")]
    public void AsOf_Day_IsTheVersionInForce(string day, string expected)
    {
        TwoLaws();

        Assert.Equal(expected, string.Join("; ", AsOf(day).Select(law => $"{law.Version.Title} {law.Version.VersionId}: {string.Join(' ', law.Articles.Select(article => article.Name))}")));
    }

    [Fact]
    public void ToMarkdown_OfALaw_IsReadBackWithIdentityAndArticles()
    {
        TwoLaws();

        var law = AsOf("2010-07-01")[0];
        var document = DocumentReaders.Markdown(law.Path, law.ToMarkdown());

        Assert.Equal(("003", "200", "200", "일부개정"), (document.Law!.LawId, document.Law.VersionId, document.Law.Number, document.Law.Revision));
        Assert.Equal(new DocumentDates(new DateOnly(2010, 1, 1), new DateOnly(2010, 7, 1)), document.Dates);
        Assert.Equal("병역법\n\n제1조 (목적)\n이 법은 병역을 정한다.\n\n제2조 (정의)\n① 뜻은 저러하다.\n1. 병역\n2. 복무\n\n제2조의2 (특례)\n특례를 둔다.\n\n제10조\n삭제 <2010.1.1>", document.Text);
        Assert.Contains(document.Blocks, block => block.Path == "병역법/제2조/①/2");
    }

    [Fact]
    public void Between_TwoDays_ListsWhatTheAmendmentsDid()
    {
        TwoLaws();
        var (before, after) = (AsOf("2005-01-01"), AsOf("2010-07-01"));

        var changes = Amendment.Between(before.Select(law => DocumentReaders.Markdown(law.Path, law.ToMarkdown())), after.Select(law => DocumentReaders.Markdown(law.Path, law.ToMarkdown())));

        Assert.Equal(["changed 제2조", "removed 제10조", "added 제2조의2"], changes.Select(change => $"{change.Change} {change.Article}"));
        Assert.Contains("이러하다", changes[0].Before);
        Assert.Contains("저러하다", changes[0].After);
        Assert.All(changes, change => Assert.Equal(("병역법", "003"), (change.Law, change.LawId)));
    }

    [Fact]
    public void Between_SupplementsAndLayout_CountOnlyNewText()
    {
        var before = DocumentReaders.Markdown("가.md", "# 가법\n\n##### 제1조 (목적)\n\n이 법은  목적을 정한다.\n\n##### 제2조 (뜻)\n\n뜻.\n\n## 부칙\n\n부칙 <제1호,2000.1.1>\n\n공포한 날부터 시행한다.\n");
        var after = DocumentReaders.Markdown("가.md", "# 가법\n\n##### 제1조 (목적)\n\n이 법은 목적을 정한다.\n\n##### 제2조 (뜻)\n\n뜻.\n\n## 부칙\n\n부칙 <제1호,2000.1.1>\n\n공포한 날부터 시행한다.\n\n부칙 <제2호,2010.1.1>\n\n공포 후 6개월이 지난 날부터 시행한다.\n");

        Assert.Equal("added 부칙 제2호", string.Join("; ", Amendment.Between([before], [after]).Select(change => $"{change.Change} {change.Article}")));
        Assert.Empty(Amendment.Between([after], [after]));
        Assert.All(Amendment.Between([before], []), change => Assert.Equal("removed", change.Change));
    }

    [Fact]
    public void AsOf_ChangesOutOfOrder_AreRefusedWithTheirLine()
    {
        TwoLaws();
        File.WriteAllLines(Path.Combine(_folder, LawHistory.ChangesFile), _changes.Where((_, i) => i != 2));

        var fault = Assert.Throws<UserInputException>(() => AsOf("2010-07-01"));

        Assert.Contains($"{LawHistory.ChangesFile}:3: 제2조 changes a text with digest", fault.Message);
        Assert.Contains("none", fault.Message);
    }

    [Theory]
    [InlineData("{", "is not")]
    [InlineData("[1]", "a JSON Array")]
    [InlineData("{\"path\":\"a\"}", "promulgated is missing")]
    public void AsOf_DamagedLine_IsRefusedWithItsPlace(string line, string expected)
    {
        TwoLaws();
        File.AppendAllText(Path.Combine(_folder, LawHistory.ChangesFile), line + "\n");

        var message = Assert.Throws<UserInputException>(() => AsOf("2010-07-01")).Message;

        Assert.Contains($"{LawHistory.ChangesFile}:{_changes.Count + 1}: ", message);
        if (expected != "is not") Assert.Contains(expected, message);
    }

    [Fact]
    public void AsOf_FolderWithoutHistory_IsRefused() => Assert.Contains("no such file", Assert.Throws<UserInputException>(() => AsOf("2010-01-01")).Message);
}
