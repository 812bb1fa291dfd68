using System.Globalization;
using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>Quality against size; the disc's area is the decoding speed. Towards the upper left is better.</summary>
internal static class TradeOffChart
{
    private const double Width = 1000, Height = 400, Left = 60, Right = 972, Top = 48, Bottom = 350;
    private const double LargestRadius = 24;

    public static XElement? Draw(EvaluationResult evaluation)
    {
        var withExam = evaluation.Models.All(model => model.Exam is not null);
        var points = evaluation.Models
            .Where(model => withExam || model.DomainPerplexity is not null)
            .Select(model => new Point(model, withExam ? model.Exam!.Score : model.DomainPerplexity!.Value)).ToList();
        if (points.Count == 0) return null;
        var sizes = Axis.Covering(0, points.Max(p => p.Model.Bytes) * 1.12 / 1e6, Left, Right, 6);
        var quality = withExam
            ? Axis.Between(0, 1, Bottom, Top, 5)
            // Less perplexity is better, so the axis runs downwards and "up" stays "better".
            : Axis.Covering(0, points.Max(p => p.Quality) * 1.05, Top, Bottom, 5);
        return Tag("svg", Attribute("viewBox", $"0 0 {Width} {Height}"), Attribute("role", "img"), Class("chart"),
            Tag("title", "품질 · 크기 · 속도"),
            Tag("desc", "가로축은 파일 크기, 세로축은 품질, 원의 넓이는 생성 속도입니다. 왼쪽 위가 좋습니다."),
            Grid(sizes, quality, withExam),
            withExam && evaluation.Protocol.ExamChance is { } chance ? Chance(quality, chance) : null,
            Arrows(points, sizes, quality),
            points.Select(point => Disc(point, sizes, quality, points.Max(p => p.Model.DecodeTps))));
    }

    private static XElement Grid(Axis sizes, Axis quality, bool withExam) => Tag("g",
        quality.Ticks.Select(tick => new object[]
        {
            Line(Left, quality.At(tick), Right, quality.At(tick), "grid"),
            Text(Left - 8, quality.At(tick) + 4, "tick", withExam ? $"{tick * 100:0} %" : tick.ToString("0.##", CultureInfo.InvariantCulture), "end"),
        }),
        sizes.Ticks.Select(tick => Text(sizes.At(tick), Bottom + 18, "tick", tick.ToString("0.##", CultureInfo.InvariantCulture), "middle")),
        Line(Left, Bottom, Right, Bottom, "axis"),
        Text((Left + Right) / 2, Bottom + 38, "label", "파일 크기 (MB)", "middle"),
        Text(Left - 48, Top - 18, "label", withExam ? "시험 점수 · 세로 막대는 95 % 구간" : "도메인 퍼플렉시티 (위가 좋음)"));

    private static object[] Chance(Axis quality, double chance) =>
    [
        Line(Left, quality.At(chance), Right, quality.At(chance), "chance"),
        Text(Left + 6, quality.At(chance) - 5, "tick", $"찍었을 때 {NumberText.Percent(chance, 0)}"),
    ];

    private static IEnumerable<XElement> Arrows(List<Point> points, Axis sizes, Axis quality) =>
        points.Zip(points.Skip(1), (a, b) => Line(
            sizes.At(a.Megabytes), quality.At(a.Quality), sizes.At(b.Megabytes), quality.At(b.Quality), "path"));

    private static XElement Disc(Point point, Axis sizes, Axis quality, double fastest)
    {
        var model = point.Model;
        double x = sizes.At(point.Megabytes), y = quality.At(point.Quality);
        var radius = Math.Max(5, LargestRadius * Math.Sqrt(fastest > 0 ? model.DecodeTps / fastest : 0));
        // Below the base model, above the others: two of the three usually share a size.
        var below = model.Name == "base";
        var whisker = model.Exam is { } e && point.Quality == e.Score ? e : null;
        var labelY = below
            ? Math.Max(y + radius, whisker is null ? 0 : quality.At(whisker.Low)) + 17
            : Math.Min(y - radius, whisker is null ? Bottom : quality.At(whisker.High)) - 22;
        return Tag("g",
            whisker is { } exam
                ? new object[]
                {
                    Line(x, quality.At(exam.Low), x, quality.At(exam.High), $"whisker s-{model.Name}"),
                    Line(x - 5, quality.At(exam.Low), x + 5, quality.At(exam.Low), $"whisker s-{model.Name}"),
                    Line(x - 5, quality.At(exam.High), x + 5, quality.At(exam.High), $"whisker s-{model.Name}"),
                }
                : null,
            Tag("circle", At("cx", x), At("cy", y), At("r", radius), Class($"disc s-{model.Name}")),
            Text(x, labelY, $"name t-{model.Name}", ModelNames.Korean(model.Name), "middle"),
            Text(x, labelY + 15, "value", $"{NumberText.Bytes(model.Bytes)} · {NumberText.Speed(model.DecodeTps)}", "middle"));
    }

    private readonly record struct Point(ModelResult Model, double Quality)
    {
        public double Megabytes => Model.Bytes / 1e6;
    }
}
