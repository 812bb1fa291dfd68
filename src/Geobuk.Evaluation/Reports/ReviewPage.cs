using System.Xml.Linq;
using Geobuk.Models.Checkpoints;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>
/// The page on which a reviewer opens quarantined documents, sees what was found where it stands, and takes the command that
/// records a decision. Numbers of people are shown by their first digits only.
/// </summary>
public static class ReviewPage
{
    private const int Around = 400, Whole = 4000, ShownOfPersonal = 6;

    /// <summary>Writes the page.</summary>
    /// <param name="path">The page.</param>
    /// <param name="corpus">The corpus folder, for the commands.</param>
    /// <param name="items">What is to be reviewed.</param>
    public static void Write(string path, string corpus, IReadOnlyList<ReviewedItem> items) => AtomicFile.WriteText(path, PageFrame.Render($"{corpus} – 격리 문서 검토",
        Tag("header",
            Tag("p", Class("eyebrow"), "격리 문서 검토"),
            Tag("h1", corpus),
            Tag("p", Class("headline"), items.Count == 0 ? "검토할 문서가 없습니다." : $"문서 {NumberText.Whole(items.Count)}건이 격리되어 있습니다. 열어서 찾은 곳을 보고, 까닭을 적어 결정하십시오."),
            Tag("p", Class("note"), "결정은 그 문서의 그 내용에만 듭니다. 한 글자라도 바뀌면 다시 격리됩니다. 풀어 주어도 개인정보는 가립니다. 다음에 말뭉치를 만들 때부터 반영됩니다.")),
        Tag("section", items.Select(item => Item(item, corpus)))));

    private static XElement Item(ReviewedItem item, string corpus) => Tag("details", Class("review"), item.Decision is null && item.Item is not null ? Attribute("open", "open") : null,
        Tag("summary",
            Tag("span", Class("word bad"), KoreanReasons.Of(item.Reason)), " ",
            Tag("strong", item.Document), " ",
            item.Decision is null ? null : Tag("span", Class("word open"), item.Decision),
            Tag("small", $"{item.Source} · {item.Detail}")),
        item.Outside.Count == 0 ? null : Tag("p", "본문 밖에서 찾은 것(머리말, 꼬리말, 숨은 글, 앞부분의 등급): ", item.Outside.Select(found => new object[] { Tag("mark", found), " " })),
        item.Text is { } text ? Tag("pre", Excerpt(text, item.Findings)) : Tag("p", Class("note"), "읽을 수 있는 글이 없어 보일 것이 없습니다. 풀어 줄 수도 없습니다."),
        item.Item is { } name ? Tag("div",
            Tag("p", Class("note"), "학습에 써도 되면"),
            Tag("pre", $"geobuk corpus decide {Quoted(corpus)} {name[..16]} --release --reason \"까닭\""),
            Tag("p", Class("note"), "격리해 두려면"),
            Tag("pre", $"geobuk corpus decide {Quoted(corpus)} {name[..16]} --keep --reason \"까닭\"")) : null);

    private static IEnumerable<object> Excerpt(string text, IReadOnlyList<(int Start, int Length, string Kind)> findings)
    {
        var shown = 0;
        foreach (var (first, last) in Windows(text, findings))
        {
            if (first > shown) yield return Tag("span", Class("gap"), $"\n… {NumberText.Whole(first - shown)}자 …\n");
            var at = first;
            foreach (var (start, length, kind) in findings.Where(finding => finding.Length > 0 && finding.Start >= first && finding.Start + finding.Length <= last).OrderBy(finding => finding.Start))
            {
                if (start < at) continue;
                yield return text[at..start];
                yield return Tag("mark", Attribute("title", KoreanReasons.Of(kind)), Shown(text.Substring(start, length), kind));
                at = start + length;
            }
            yield return text[at..last];
            shown = last;
        }
        if (shown < text.Length) yield return Tag("span", Class("gap"), $"\n… {NumberText.Whole(text.Length - shown)}자 …");
    }

    // A short document whole; of a long one its beginning and what stands around each finding.
    private static List<(int First, int Last)> Windows(string text, IReadOnlyList<(int Start, int Length, string Kind)> findings)
    {
        if (text.Length <= Whole) return [(0, text.Length)];
        var windows = new List<(int First, int Last)> { (0, Math.Min(Around, text.Length)) };
        foreach (var (start, length, _) in findings.Where(finding => finding.Length > 0).OrderBy(finding => finding.Start))
        {
            var (first, last) = (Boundary(text, Math.Max(0, start - Around)), Boundary(text, Math.Min(text.Length, start + length + Around)));
            if (first <= windows[^1].Last) windows[^1] = (windows[^1].First, Math.Max(windows[^1].Last, last));
            else windows.Add((first, last));
        }
        return windows;
    }

    // No surrogate pair is cut in two: hanja may be one.
    private static int Boundary(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;

    private static string Shown(string found, string kind)
    {
        if (kind == "security_marking") return found;
        var shown = Math.Min(ShownOfPersonal, found.Length / 2);
        return found[..shown] + new string('●', found.Length - shown);
    }

    private static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
