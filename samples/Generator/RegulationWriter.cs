using System.Text;

namespace Geobuk.Samples.Generator;

/// <summary>Writes the rulebook as statute Markdown (편, 장, 절, 조, 항, 호), one file for each 편, articles numbered through.</summary>
internal sealed class RegulationWriter(Rulebook rulebook)
{
    private const string Marks = "①②③④⑤⑥⑦⑧⑨";
    private readonly Dictionary<Fact, string> _sources = [];
    private int _articles;

    /// <summary>Where each fact stands, as in 운영규정/제12조/②; complete after <see cref="Write"/>.</summary>
    public IReadOnlyDictionary<Fact, string> Sources => _sources;

    public int ArticleCount => _articles;

    public IEnumerable<(string Path, string Text)> Write() =>
        rulebook.Parts.Select((part, index) => ($"규정/제{index + 1:00}편-{part.Title.Replace(' ', '-')}.md", WritePart(part, index + 1)));

    private string WritePart(Part part, int number)
    {
        var text = new StringBuilder();
        text.Append($"---\n제목: {Rulebook.Unit} 운영규정 제{number}편 {part.Title}\n법령구분: 내부규정\n소관부처:\n- {Rulebook.Unit}\n시행일자: 2031-03-01\n상태: 시행\n---\n\n");
        text.Append($"# 제{number}편 {part.Title}\n\n## 제1장 총칙\n\n");
        WriteArticle(text, "목적", [new($"이 편은 {Rulebook.Unit}의 {part.Title}에 관하여 필요한 사항을 정함을 목적으로 한다.", [])]);
        WriteArticle(text, "정의", [new($"이 편에서 {part.Definition}.", [])]);
        text.Append($"## 제2장 {part.Title}의 기준\n\n");
        for (var subject = 0; subject < part.Subjects.Length; subject++)
        {
            var half = part.Subjects.Length / part.Sections.Length;
            if (subject % half == 0) text.Append($"### 제{subject / half + 1}절 {part.Sections[subject / half]}\n\n");
            WriteSubject(text, part, subject);
        }
        text.Append("## 제3장 보칙\n\n");
        WriteArticle(text, "세부 사항", [new($"이 편의 시행에 필요한 세부 사항은 단장이 따로 정한다.", [])]);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private void WriteSubject(StringBuilder text, Part part, int subject)
    {
        var facts = rulebook.FactsOf(part, subject).ToArray();
        var titles = part.ArticleTitles.Select(title => Wording.Fill(title, part.Subjects[subject])).ToArray();
        var extra = subject < part.Clauses.Length ? [part.Clauses[subject]] : Array.Empty<Clause>();
        WriteArticle(text, titles[0], [AsClause(facts[0], 1), AsClause(facts[2], 2), .. extra]);
        WriteArticle(text, titles[1], [AsClause(facts[1], null)]);
    }

    /// <summary>The fact's paragraph; notes that it stands in the article that is written next.</summary>
    private Clause AsClause(Fact fact, int? paragraph)
    {
        _sources[fact] = $"운영규정/제{_articles + 1}조" + (paragraph is { } p ? $"/{Marks[p - 1]}" : "");
        return new(fact.Say(fact.Slot.Article, 0), []);
    }

    private void WriteArticle(StringBuilder text, string title, Clause[] clauses)
    {
        _articles++;
        text.Append($"##### 제{_articles}조 ({title})\n\n");
        for (var i = 0; i < clauses.Length; i++)
        {
            if (clauses.Length > 1) text.Append($"**{Marks[i]}** ");
            text.Append(clauses[i].Text).Append("\n\n");
            for (var item = 0; item < clauses[i].Items.Length; item++) text.Append($"  {item + 1}\\. {clauses[i].Items[item]}\n");
            if (clauses[i].Items.Length > 0) text.Append('\n');
        }
    }
}
