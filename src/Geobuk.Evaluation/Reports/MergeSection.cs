using System.Globalization;
using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>What lies between base and trained weights: domain loss against general perplexity, the Pareto set, and the point that was saved.</summary>
internal static class MergeSection
{
    private const double Width = 1000, Height = 380, Left = 60, Right = 940, Top = 48, Bottom = 320;

    public static XElement? Build(ReportData data) => data.Merge is { Points.Count: > 0 } sweep
        ? Tag("section", Attribute("id", "merge"), Tag("h2", "배움과 잊음 사이"),
            Tag("p", Class("note"), $"기반 가중치(α = 0)와 학습한 가중치(α = 1) 사이의 점을 검증 문서로 비교했습니다. 일반 퍼플렉시티의 허용 악화는 {NumberText.Change(1 + sweep.Limit)}(신뢰도 {NumberText.Percent(sweep.Confidence, 0)}, 단측)이고, 그 안에서 도메인 손실이 가장 낮은 점을 저장했습니다. 선은 어느 점에도 지지 않는 점(파레토 집합)을 잇습니다. 고른 점의 점수는 고르는 데 쓴 문서로 잰 것이므로 조금 낙관적입니다."),
            Draw(sweep), Table(sweep))
        : null;

    private static XElement Draw(MergeSweep sweep)
    {
        var points = sweep.Points;
        var x = Axis.Covering(Math.Min(0, points.Min(Loss)), Math.Max(Percent(sweep.Limit), points.Max(Loss)), Left, Right, 8);
        var y = Axis.Covering(points.Min(point => point.Domain), points.Max(point => point.Domain), Bottom, Top, 5);
        var limit = x.At(Percent(sweep.Limit));
        return Tag("svg", Attribute("viewBox", $"0 0 {Width} {Height}"), Attribute("role", "img"), Class("chart"),
            Tag("title", "도메인 손실과 일반 퍼플렉시티"),
            Tag("desc", "가로축은 기반 모델 대비 일반 퍼플렉시티의 변화, 세로축은 도메인 손실입니다. 왼쪽 아래가 좋습니다."),
            y.Ticks.Select(tick => new object[]
            {
                Line(Left, y.At(tick), Right, y.At(tick), "grid"),
                Text(Left - 8, y.At(tick) + 4, "tick", tick.ToString("0.##", CultureInfo.InvariantCulture), "end"),
            }),
            x.Ticks.Select(tick => Text(x.At(tick), Bottom + 18, "tick", NumberText.Change(1 + tick / 100), "middle")),
            Line(Left, Bottom, Right, Bottom, "axis"),
            Line(limit, Top, limit, Bottom, "chance"),
            Text(limit + 6, Top + 10, "tick", "허용 한도"),
            Text((Left + Right) / 2, Bottom + 40, "label", "일반 퍼플렉시티의 변화", "middle"),
            Text(Left - 48, Top - 18, "label", "도메인 손실 (nats/token, 아래가 좋음)"),
            Front(points, x, y),
            points.Select(point => Dot(point, x, y)));
    }

    private static XElement? Front(IReadOnlyList<MergePoint> points, Axis x, Axis y)
    {
        var front = points.Where(point => point.Pareto).OrderBy(Loss).ToList();
        if (front.Count < 2) return null;
        var data = string.Join('L', front.Select(point => string.Create(CultureInfo.InvariantCulture, $"{x.At(Loss(point)):0.#} {y.At(point.Domain):0.#}")));
        return Tag("path", Attribute("d", "M" + data), Class("line s-general"));
    }

    private static object?[] Dot(MergePoint point, Axis x, Axis y)
    {
        var (cx, cy) = (x.At(Loss(point)), y.At(point.Domain));
        return
        [
            Tag("circle", At("cx", cx), At("cy", cy), At("r", point.Chosen ? 8 : 4), Class(point.Chosen ? "disc s-adapted" : "dot s-general"), Tag("title", Name(point))),
            point.Chosen ? Text(cx, cy - 14, "name t-adapted", $"저장 α = {Name(point)}", "middle") : null,
        ];
    }

    private static XElement Table(MergeSweep sweep) => Tag("table", Class("plain"),
        Tag("thead", Row("th", $"α ({string.Join(", ", sweep.Bands.Select(Band))})", "도메인 손실", "일반 퍼플렉시티", "95 % 구간", "시험", "한도", "파레토")),
        Tag("tbody", sweep.Points.Select(point => Tag("tr", point.Chosen ? Class("strong") : null,
            Tag("th", Attribute("scope", "row"), Name(point) + (point.Chosen ? " · 저장" : "")),
            Tag("td", NumberText.Fixed(point.Domain, 3)),
            Tag("td", NumberText.Change(1 + Loss(point) / 100)),
            Tag("td", Interval(point)),
            Tag("td", point.Exam is { } exam ? NumberText.Percent(exam) : "–"),
            Tag("td", point.Held ? "지킴" : "넘음"),
            Tag("td", point.Pareto ? "예" : "")))));

    private static string Interval(MergePoint point) => point.Changes.GetValueOrDefault("general") is { Low: { } low, High: { } high }
        ? $"{NumberText.Change(Math.Exp(low))} ~ {NumberText.Change(Math.Exp(high))}" : "–";

    private static string Band(string name) => name switch { "model" => "모델 전체", "embeddings and head" => "임베딩·출력층", _ => name.Replace("layers", "층", StringComparison.Ordinal).Replace(" to ", "–", StringComparison.Ordinal) };

    private static string Name(MergePoint point) => string.Join(" / ", point.Alphas.Distinct().Count() == 1 ? point.Alphas.Take(1).Select(Show) : point.Alphas.Select(Show));

    private static string Show(double alpha) => alpha.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>Change of general perplexity in percent.</summary>
    private static double Loss(MergePoint point) => Percent(Math.Exp(point.Changes.GetValueOrDefault("general")?.Change ?? 0) - 1);

    private static double Percent(double share) => 100 * share;
}
