using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>Which artifact was made from which, with content hashes.</summary>
internal static class LineageSection
{
    public static XElement? Build(ReportData data)
    {
        var artifacts = data.Inputs.Artifacts;
        if (artifacts.Count == 0) return null;
        return Tag("section", Attribute("id", "lineage"),
            Tag("h2", "계보"),
            Tag("p", Class("note"), "상자마다 산출물 하나입니다. 해시는 산출물 파일 전체의 SHA-256이며, 같은 해시는 같은 내용을 뜻합니다."),
            LineageChart.Draw(artifacts),
            Tag("div", Class("scroll"), Tag("table", Class("lineage"),
                Tag("thead", Row("th", "단계", "산출물", "만든 재료", "시간", "SHA-256")),
                Tag("tbody", artifacts.Select(artifact => Tag("tr",
                    Tag("th", Attribute("scope", "row"), StepNames.Korean(artifact.Step)),
                    Tag("td", artifact.Id),
                    Tag("td", artifact.Parents.Count == 0 ? "–" : string.Join(", ", artifact.Parents)),
                    Tag("td", NumberText.Duration(artifact.Seconds)),
                    Tag("td", Class("hash"), artifact.Hash)))))));
    }
}
