using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Reports;

/// <summary>
/// Turns intervals into words. A difference counts only where its 95 % interval excludes the threshold; between lies
/// "not clear", which is not the same as "equal". Compression is judged by non-inferiority: the whole interval of the
/// loss must stay within a margin.
/// </summary>
internal static class Verdicts
{
    /// <summary>Exam points that compression may cost.</summary>
    public const double ExamMargin = 0.03;

    /// <summary>Growth of general perplexity that counts as kept knowledge.</summary>
    public const double ForgettingMargin = 0.10;

    /// <summary>Growth of domain perplexity that compression may cost.</summary>
    public const double CompressionMargin = 0.05;

    /// <summary>Did the model learn: perplexity ratio below 1.</summary>
    public static Verdict Learnt(DifferenceInterval ratio) => ratio switch
    {
        { High: < 1 } => new(VerdictTone.Good, "좋아짐", "95 % 구간 전체가 0 % 아래입니다."),
        { Low: > 1 } => new(VerdictTone.Bad, "나빠짐", "95 % 구간 전체가 0 % 위입니다."),
        _ => new(VerdictTone.Open, "차이 불분명", "95 % 구간이 0 %를 포함합니다."),
    };

    /// <summary>Was general knowledge kept.</summary>
    public static Verdict Kept(DifferenceInterval ratio) => Within(
        ratio, 1 + ForgettingMargin, "유지됨", "잊음", $"허용 한도는 {NumberText.Change(1 + ForgettingMargin)}입니다.");

    /// <summary>Is the light model's perplexity close to the adapted one's.</summary>
    public static Verdict Preserved(DifferenceInterval ratio) => Within(
        ratio, 1 + CompressionMargin, "동등", "손실 있음", $"허용 한도는 {NumberText.Change(1 + CompressionMargin)}입니다.");

    /// <summary>Did the exam score rise.</summary>
    public static Verdict ExamGain(DifferenceInterval difference) => difference switch
    {
        { Low: > 0 } => new(VerdictTone.Good, "올랐음", "95 % 구간 전체가 0 위입니다."),
        { High: < 0 } => new(VerdictTone.Bad, "떨어짐", "95 % 구간 전체가 0 아래입니다."),
        _ => new(VerdictTone.Open, "차이 불분명", "95 % 구간이 0을 포함합니다."),
    };

    /// <summary>Did compression keep the exam score, within <see cref="ExamMargin"/>.</summary>
    public static Verdict ExamKept(DifferenceInterval difference) => difference switch
    {
        { Low: > -ExamMargin } => new(VerdictTone.Good, "동등", $"95 % 구간 전체가 {NumberText.Points(-ExamMargin)} 위입니다."),
        { High: < -ExamMargin } => new(VerdictTone.Bad, "손실 큼", $"95 % 구간 전체가 {NumberText.Points(-ExamMargin)} 아래입니다."),
        _ => new(VerdictTone.Open, "판단 보류", $"95 % 구간이 {NumberText.Points(-ExamMargin)}에 걸칩니다. 문항이 더 필요합니다."),
    };

    private static Verdict Within(DifferenceInterval ratio, double limit, string kept, string lost, string reason) =>
        ratio.High <= limit ? new(VerdictTone.Good, kept, reason)
        : ratio.Low > limit ? new(VerdictTone.Bad, lost, reason)
        : new(VerdictTone.Open, "판단 보류", $"95 % 구간이 한도에 걸칩니다. {reason}");
}
