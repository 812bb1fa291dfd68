using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>The page of a corpus: what came in, what went out and why, by source, with samples. Quarantined text is not on it.</summary>
public static partial class CorpusPage
{
    /// <summary>Name of the page in a corpus folder.</summary>
    public const string FileName = "corpus.html";

    /// <summary>Writes the page of a finished corpus folder.</summary>
    /// <param name="folder">The folder with corpus.json and dropped.jsonl.</param>
    /// <param name="name">The corpus' name.</param>
    /// <param name="created">When it was made.</param>
    /// <param name="tool">Name and version of the program.</param>
    public static void Write(string folder, string name, DateTimeOffset created, string tool) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), Render(CorpusPageData.Read(folder), name, created, tool));

    private static string Render(CorpusPageData data, string name, DateTimeOffset created, string tool) => PageFrame.Render($"{name} – 말뭉치 보고서",
        Tag("header",
            Tag("p", Class("eyebrow"), "말뭉치 보고서"),
            Tag("h1", name),
            Tag("p", Class("headline"), Headline(data)),
            Tag("p", Class("meta"), Tag("span", $"작성 {created.ToString("yyyy-MM-dd HH:mm K", CultureInfo.InvariantCulture)}"), Tag("span", tool),
                Tag("span", "머클 루트 ", Tag("code", CorpusPageData.Text(data.Report, "merkle_root") is { Length: > 12 } root ? root[..12] : "–")))),
        Sources(data),
        Licenses(data),
        Reasons(data),
        Quarantined(data),
        Redactions(data),
        Samples(data),
        Sets(data));

    private static string Headline(CorpusPageData data)
    {
        var masked = Counts(data.Report, "redactions").Sum(kind => kind.Count);
        return $"문서 {NumberText.Whole(data.Figures.Documents ?? 0)}건이 들어와 {NumberText.Whole(data.Figures.Kept ?? 0)}건이 말뭉치에 들어갔습니다. "
            + $"{NumberText.Whole(data.CountQuarantined(null))}건을 격리하고 개인정보 {NumberText.Whole(masked)}군데를 가렸습니다.";
    }

    private static XElement Sources(CorpusPageData data) => Section("sources", "자료마다", Table("topics", ["자료", "구분", "문서", "쓴 문서", "격리", "그 밖에 뺌"],
        data.Figures.Sources.Select(source =>
        {
            var quarantined = data.CountQuarantined(source.Name);
            var dropped = data.Dropped.Keys.Sum(reason => data.Count(reason, source.Name));
            return Tag("tr", Tag("th", Attribute("scope", "row"), source.Name), Tag("td", source.Kind switch { "domain" => "도메인", "general" => "일반", var other => other }),
                Cell(source.Kept + dropped), Cell(source.Kept), Cell(quarantined), Cell(dropped - quarantined));
        })));

    private static XElement Licenses(CorpusPageData data)
    {
        var rows = Objects(data.Report["licenses"]).Select(license => Tag("tr",
            Tag("th", Attribute("scope", "row"), CorpusPageData.Text(license, "source")),
            Tag("td", LicenseBasis.Korean(CorpusPageData.Text(license, "basis")), CorpusPageData.Text(license, "reference") is { Length: > 0 } reference ? Tag("small", reference) : null),
            Cell(license["documents"]?.GetValue<int>() ?? 0),
            Tag("td", Obligations(license["obligations"]))));
        return Section("licenses", "이용 근거와 지킬 것", Table("flips", ["자료", "근거", "문서", "지킬 것"], rows),
            Tag("p", Class("note"), $"이 말뭉치와 이것으로 학습한 모델에 함께 따라가는 의무: {Obligations(data.Report["obligations"])}. 근거를 모르는 문서는 격리합니다."));
    }

    private static XElement? Reasons(CorpusPageData data)
    {
        if (data.Dropped.Count == 0) return null;
        var sources = data.Figures.Sources.Select(source => source.Name).Distinct().ToList();
        return Section("reasons", "왜 빠졌나", Table("topics", ["까닭", "처리", .. sources, "모두"], data.Dropped.Keys.Select(reason => Tag("tr",
            Tag("th", Attribute("scope", "row"), KoreanReasons.Of(reason), Tag("small", reason)),
            Tag("td", data.Quarantines.Contains(reason) ? Tag("span", Class("word bad"), "격리") : Tag("span", Class("word open"), "제외")),
            sources.Select(source => Cell(data.Count(reason, source))),
            Cell(data.Count(reason, null))))));
    }

    private static XElement? Quarantined(CorpusPageData data)
    {
        if (data.Quarantined.Count == 0) return null;
        var all = data.CountQuarantined(null);
        return Section("quarantined", "격리한 문서",
            Tag("p", Class("note"), "내용은 이 쪽에 싣지 않습니다. ", Tag("code", "geobuk corpus review"), "가 원본을 다시 읽어 찾은 곳을 보이고, ", Tag("code", "geobuk corpus decide"), "가 결정과 까닭을 적어 둡니다."),
            Table("flips", ["항목", "문서", "자료", "까닭", "찾은 것", "결정"], data.Quarantined.Select(document => Tag("tr",
                Tag("td", Tag("code", CorpusPageData.Text(document, "item") is { Length: > 12 } item ? item[..12] : "–")),
                Tag("td", CorpusPageData.Text(document, "id")),
                Tag("td", CorpusPageData.Text(document, "source")),
                Tag("td", KoreanReasons.Of(CorpusPageData.Text(document, "reason"))),
                Tag("td", CorpusPageData.Text(document, "detail")),
                Tag("td", CorpusPageData.Text(document, "decision") is { Length: > 0 } decision ? decision : "–")))),
            all > data.Quarantined.Count ? Tag("p", Class("note"), $"모두 {NumberText.Whole(all)}건 가운데 {NumberText.Whole(data.Quarantined.Count)}건만 보입니다. 나머지는 dropped.jsonl에 있습니다.") : null);
    }

    private static XElement? Redactions(CorpusPageData data)
    {
        var kinds = Counts(data.Report, "redactions").ToList();
        if (kinds.Count == 0) return null;
        return Section("redactions", "가린 개인정보", Tag("table", Class("plain narrow"), Tag("tbody", kinds.Select(kind => Tag("tr",
            Tag("th", Attribute("scope", "row"), KoreanReasons.Kind(kind.Name)), Tag("td", $"{NumberText.Whole(kind.Count)}군데"))))));
    }

    private static XElement? Samples(CorpusPageData data)
    {
        var samples = Objects(data.Report["samples"]).ToList();
        if (samples.Count == 0) return null;
        return Section("samples", "견본", samples.Select(sample => Tag("figure", Class("sample"),
            Tag("figcaption", CorpusPageData.Text(sample, "id"), Tag("small", $"{CorpusPageData.Text(sample, "source")} · {CorpusPageData.Text(sample, "set")}")),
            Tag("pre", Marked(CorpusPageData.Text(sample, "text"))))));
    }

    private static XElement Sets(CorpusPageData data) => Section("sets", "나간 것", Table("topics", ["집합", "문서", "토큰"], data.Figures.Sets.Select(set => Tag("tr",
        Tag("th", Attribute("scope", "row"), set.Name), Cell(set.Documents), Cell(set.Tokens)))));

    private static IEnumerable<object> Marked(string text)
    {
        var end = 0;
        foreach (Match placeholder in Placeholder().Matches(text))
        {
            yield return text[end..placeholder.Index];
            yield return Tag("mark", placeholder.Value);
            end = placeholder.Index + placeholder.Length;
        }
        yield return text[end..];
    }

    internal static XElement Section(string id, string title, params object?[] content) => Tag("section", Attribute("id", id), Tag("h2", title), content);

    internal static XElement Table(string css, object[] heads, IEnumerable<XElement> rows) =>
        Tag("div", Class("scroll"), Tag("table", Class(css), Tag("thead", Row("th", heads)), Tag("tbody", rows)));

    private static XElement Cell(long count) => Tag("td", NumberText.Whole(count));

    private static string Obligations(JsonNode? list) => list is JsonArray { Count: > 0 } names ? string.Join(", ", names.Select(name => LicenseBasis.KoreanObligation(name!.ToString()))) : "없음";

    private static IEnumerable<(string Name, int Count)> Counts(JsonObject report, string key) =>
        (report[key] as JsonObject ?? []).Select(pair => (pair.Key, pair.Value?.GetValue<int>() ?? 0));

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    [GeneratedRegex(@"\[(?:주민등록번호|외국인등록번호|군번|여권번호|운전면허번호|전화번호|계좌번호|카드번호|전자우편|이름)\]", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
