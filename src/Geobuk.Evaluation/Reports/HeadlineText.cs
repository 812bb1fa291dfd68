namespace Geobuk.Evaluation.Reports;

/// <summary>The run's result in one sentence, with nothing in it that was not measured.</summary>
internal static class HeadlineText
{
    public static string Of(ReportData data)
    {
        var parts = new List<string>();
        var (first, adapted, light) = (data.Model("base"), data.Model("adapted"), data.Model("light"));
        if (first is not null && adapted is not null) parts.Add(Adaptation(first, adapted) ?? "");
        if (light is not null && (adapted ?? first) is { } heavy) parts.Add(Compression(data, heavy, light));
        parts.RemoveAll(string.IsNullOrEmpty);
        if (parts.Count == 0)
            return data.Corpus?.Kept is { } kept ? $"문서 {NumberText.Whole(kept)}건으로 실행했으며, 모델 비교는 하지 않았습니다." : "모델 비교를 하지 않은 실행입니다.";
        return string.Join(" ", parts);
    }

    private static string? Adaptation(ModelResult first, ModelResult adapted)
    {
        // Each clause in its connecting and in its closing form: Korean joins by the verb's ending.
        var clauses = new List<(string Joined, string Closed)>();
        if (first.DomainPerplexity is { } before && adapted.DomainPerplexity is { } after)
        {
            var moved = after < before ? $"{NumberText.Percent(1 - after / before)} 낮아졌" : $"{NumberText.Percent(after / before - 1)} 높아졌";
            Add($"도메인 퍼플렉시티는 {NumberText.Figure(before)} → {NumberText.Figure(after)}, {moved}");
        }
        if (first.Exam is { } from && adapted.Exam is { } to)
            Add($"시험 점수는 {NumberText.Percent(from.Score)} → {NumberText.Percent(to.Score)}, {NumberText.Points(to.Score - from.Score)} 바뀌었");
        if (first.GeneralPerplexity is { } general && adapted.GeneralPerplexity is { } later)
            Add($"일반 퍼플렉시티는 {NumberText.Change(later / general)} 달라졌");
        if (clauses.Count == 0) return null;
        return string.Join(" ", [.. clauses.SkipLast(1).Select(clause => clause.Joined), clauses[^1].Closed]);

        void Add(string stem) => clauses.Add((stem + "고", stem + "습니다."));
    }

    private static string Compression(ReportData data, ModelResult heavy, ModelResult light)
    {
        var size = $"경량 모델의 크기는 {ModelNames.Korean(heavy.Name)}의 {NumberText.Percent((double)light.Bytes / heavy.Bytes)}";
        return data.Difference(heavy.Name, light.Name) switch
        {
            { Exam: { } exam } => $"{size}이고 시험 점수 차이는 {NumberText.Points(exam.Value)}입니다(95 % 구간 {NumberText.Points(exam.Low)} ~ {NumberText.Points(exam.High)}).",
            { DomainRatio: { } ratio } => $"{size}이고 도메인 퍼플렉시티 차이는 {NumberText.Change(ratio.Value)}입니다.",
            _ => $"{size}입니다.",
        };
    }
}
