using System.Globalization;
using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>Training and validation losses over the steps.</summary>
internal static class LossChart
{
    private const double Width = 1000, Height = 380, Left = 52, Right = 868, Top = 34, Bottom = 330;
    private const int MostPoints = 360;

    public static XElement Draw(TrainingCurve curve)
    {
        var smooth = Smoothed(curve.Train);
        var all = curve.Train.Concat(curve.Domain).Concat(curve.General).ToList();
        var steps = Axis.Between(0, Math.Max(1, all.Count == 0 ? 1 : all.Max(p => p.Step)), Left, Right, 6);
        var losses = all.Count == 0
            ? Axis.Between(0, 1, Bottom, Top, 5)
            : Axis.Covering(all.Min(p => p.Value), all.Max(p => p.Value), Bottom, Top, 6);
        return Tag("svg", Attribute("viewBox", $"0 0 {Width} {Height}"), Attribute("role", "img"), Class("chart"),
            Tag("title", "학습 곡선"),
            Tag("desc", "가로축은 학습 단계, 세로축은 토큰당 손실입니다."),
            Grid(steps, losses),
            Path(Buckets(curve.Train, MostPoints), steps, losses, "line raw"),
            Path(smooth, steps, losses, "line s-train"),
            Path(curve.General, steps, losses, "line s-general"),
            Marks(curve.General, steps, losses, "dot s-general"),
            Path(curve.Domain, steps, losses, "line s-domain"),
            Marks(curve.Domain, steps, losses, "dot s-domain"),
            EndLabels(losses, ("학습", smooth, "t-train"), ("검증 · 도메인", curve.Domain, "t-domain"), ("검증 · 일반", curve.General, "t-general")));
    }

    private static XElement Grid(Axis steps, Axis losses) => Tag("g",
        losses.Ticks.Select(tick => new object[]
        {
            Line(Left, losses.At(tick), Right, losses.At(tick), "grid"),
            Text(Left - 8, losses.At(tick) + 4, "tick", tick.ToString("0.##", CultureInfo.InvariantCulture), "end"),
        }),
        steps.Ticks.Select(tick => Text(steps.At(tick), Bottom + 18, "tick", NumberText.Whole(tick), "middle")),
        Line(Left, Bottom, Right, Bottom, "axis"),
        Text((Left + Right) / 2, Bottom + 38, "label", "학습 단계 (optimizer step)", "middle"),
        Text(Left - 40, Top - 18, "label", "손실 (nats/token)"));

    private static XElement? Path(IReadOnlyList<CurvePoint> points, Axis x, Axis y, string css)
    {
        if (points.Count < 2) return null;
        var data = string.Join('L', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{x.At(p.Step):0.#} {y.At(p.Value):0.#}")));
        return Tag("path", Attribute("d", "M" + data), Class(css));
    }

    private static IEnumerable<XElement> Marks(IReadOnlyList<CurvePoint> points, Axis x, Axis y, string css) =>
        points.Count > 60 ? [] : points.Select(p =>
            Tag("circle", At("cx", x.At(p.Step)), At("cy", y.At(p.Value)), At("r", 3), Class(css),
                Tag("title", string.Create(CultureInfo.InvariantCulture, $"{p.Step}단계: {p.Value:0.000}"))));

    /// <summary>Names and last values at the right end, pushed apart where they would overlap.</summary>
    private static IEnumerable<XElement> EndLabels(Axis losses, params (string Name, IReadOnlyList<CurvePoint> Points, string Css)[] series)
    {
        const double gap = 36;
        var labels = series.Where(s => s.Points.Count > 0).OrderBy(s => losses.At(s.Points[^1].Value)).ToList();
        var y = labels.Select(s => losses.At(s.Points[^1].Value)).ToArray();
        for (var i = 1; i < y.Length; i++) y[i] = Math.Max(y[i], y[i - 1] + gap);
        var over = y.Length == 0 ? 0 : Math.Max(0, y[^1] + 16 - Bottom);
        for (var i = 0; i < labels.Count; i++)
        {
            yield return Text(Right + 10, y[i] - over, "name " + labels[i].Css, labels[i].Name);
            yield return Text(Right + 10, y[i] - over + 15, "value", labels[i].Points[^1].Value.ToString("0.000", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Centred moving average over a twenty-fifth of the run.</summary>
    private static IReadOnlyList<CurvePoint> Smoothed(IReadOnlyList<CurvePoint> points)
    {
        var half = points.Count / 50;
        return Buckets([.. points.Select((p, i) =>
        {
            var from = Math.Max(0, i - half);
            var to = Math.Min(points.Count - 1, i + half);
            double sum = 0;
            for (var k = from; k <= to; k++) sum += points[k].Value;
            return p with { Value = sum / (to - from + 1) };
        })], MostPoints);
    }

    /// <summary>Means of equal runs of points, so that a long training does not make a long page.</summary>
    private static IReadOnlyList<CurvePoint> Buckets(IReadOnlyList<CurvePoint> points, int most)
    {
        if (points.Count <= most) return points;
        return [.. points.Chunk((points.Count + most - 1) / most).Select(c => new CurvePoint(c[^1].Step, c.Average(p => p.Value)))];
    }
}
