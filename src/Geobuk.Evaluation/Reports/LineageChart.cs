using System.Globalization;
using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>Artifacts in a row, parents before children; arcs join those that are not neighbours.</summary>
internal static class LineageChart
{
    private const double Width = 1000, BoxHeight = 62, Gap = 34;

    public static XElement? Draw(IReadOnlyList<ArtifactSummary> artifacts)
    {
        if (artifacts.Count == 0) return null;
        var box = Math.Min(172, (Width - 8 - Gap * (artifacts.Count - 1)) / artifacts.Count);
        var index = artifacts.Select((artifact, i) => (artifact.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i, StringComparer.Ordinal);
        var edges = artifacts.SelectMany((child, to) => child.Parents
            .Where(index.ContainsKey).Select(parent => (From: index[parent], To: to))).Where(edge => edge.From < edge.To).ToList();
        var longest = edges.Count == 0 ? 1 : edges.Max(edge => edge.To - edge.From);
        var top = 12 + 17.0 * Math.Max(0, longest - 1);
        return Tag("svg", Attribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {top + BoxHeight + 10:0}")),
            Attribute("role", "img"), Class("chart"),
            Tag("title", "계보"),
            Tag("desc", "상자는 산출물, 화살표는 무엇으로 만들었는지를 나타냅니다."),
            edges.Select(edge => Edge(edge.From, edge.To, box, top)),
            artifacts.Select((artifact, i) => Box(artifact, X(i, box), box, top)));
    }

    private static double X(int i, double box) => 4 + i * (box + Gap);

    private static object[] Edge(int from, int to, double box, double top)
    {
        if (to == from + 1)
        {
            double start = X(from, box) + box, end = X(to, box), y = top + BoxHeight / 2;
            return [Line(start, y, end - 5, y, "edge"), Arrow(end, y, 0)];
        }
        // Later arcs end further left on a box, so that arrow heads do not lie on one another.
        double x1 = X(from, box) + box * 0.7, x2 = X(to, box) + box * (0.5 - 0.14 * (to - from - 2)), peak = top - 17.0 * (to - from - 1) - 4;
        var path = string.Create(CultureInfo.InvariantCulture, $"M{x1:0.#} {top:0.#}C{x1:0.#} {peak:0.#} {x2:0.#} {peak:0.#} {x2:0.#} {top - 5:0.#}");
        return [Tag("path", Attribute("d", path), Class("edge")), Arrow(x2, top, 90)];
    }

    private static XElement Arrow(double x, double y, int degrees) =>
        Tag("path", Attribute("d", "M0 0L-7 -3.5L-7 3.5Z"), Class("head"),
            Attribute("transform", string.Create(CultureInfo.InvariantCulture, $"translate({x:0.#} {y:0.#}) rotate({degrees})")));

    private static XElement Box(ArtifactSummary artifact, double x, double box, double top) => Tag("g",
        Tag("rect", At("x", x), At("y", top), At("width", box), At("height", BoxHeight), At("rx", 6), Class("box")),
        Text(x + box / 2, top + 21, "name", StepNames.Korean(artifact.Step), "middle"),
        Text(x + box / 2, top + 38, "hash", artifact.Hash[..Math.Min(10, artifact.Hash.Length)], "middle"),
        Text(x + box / 2, top + 54, "value", NumberText.Duration(artifact.Seconds), "middle"));
}
