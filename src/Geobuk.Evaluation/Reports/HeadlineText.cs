namespace Geobuk.Evaluation.Reports;

/// <summary>The run's result in one sentence, with nothing in it that was not measured.</summary>
internal static class HeadlineText
{
    public static string Of(ReportData data)
    {
        var (first, adapted, light) = (data.Model("base"), data.Model("adapted"), data.Model("light"));
        var moves = first is not null && adapted is not null ? Moves(first, adapted) : "";
        var size = light is not null && (adapted ?? first) is { } heavy ? Compression(data, heavy, light) : "";
        if (moves.Length > 0 && size.Length > 0) return $"{moves} 바뀌었고, {size}입니다.";
        if (moves.Length > 0) return $"{moves} 바뀌었습니다.";
        if (size.Length > 0) return $"{size}입니다.";
        return data.Corpus?.Kept is { } kept
            ? $"문서 {NumberText.Whole(kept)}건으로 실행했으며 모델 비교는 하지 않았습니다."
            : "모델 비교를 하지 않은 실행입니다.";
    }

    private static string Moves(ModelResult first, ModelResult adapted)
    {
        var moves = new List<string>();
        if (first.DomainPerplexity is { } before && adapted.DomainPerplexity is { } after) moves.Add(Perplexity("도메인", before, after));
        if (first.Exam is { } from && adapted.Exam is { } to)
            moves.Add($"시험 점수는 {NumberText.Percent(from.Score)}에서 {NumberText.Percent(to.Score)}로({NumberText.Points(to.Score - from.Score)})");
        if (first.GeneralPerplexity is { } general && adapted.GeneralPerplexity is { } later) moves.Add(Perplexity("일반", general, later));
        return string.Join(", ", moves);
    }

    private static string Perplexity(string set, double before, double after)
    {
        var text = NumberText.Figure(after);
        return $"{set} 퍼플렉시티는 {NumberText.Figure(before)}에서 {text}{Towards(text[^1])}({NumberText.Change(after / before)})";
    }

    /// <summary>The particle "to" after a number read aloud: 영, 삼 and 육 end in a consonant other than ㄹ.</summary>
    private static string Towards(char digit) => digit is '0' or '3' or '6' ? "으로" : "로";

    private static string Compression(ReportData data, ModelResult heavy, ModelResult light)
    {
        var size = $"경량 모델은 크기가 {ModelNames.Korean(heavy.Name)}의 {NumberText.Percent((double)light.Bytes / heavy.Bytes)}";
        return data.Difference(heavy.Name, light.Name) switch
        {
            { Exam: { } exam } => $"{size}이고 시험 점수 차이는 {NumberText.Points(exam.Value)}(95 % 구간 {NumberText.Points(exam.Low)} ~ {NumberText.Points(exam.High)})",
            { DomainRatio: { } ratio } => $"{size}이고 도메인 퍼플렉시티 차이는 {NumberText.Change(ratio.Value)}",
            _ => size,
        };
    }
}
