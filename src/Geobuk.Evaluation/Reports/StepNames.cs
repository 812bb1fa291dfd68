namespace Geobuk.Evaluation.Reports;

/// <summary>Step names as the page shows them.</summary>
internal static class StepNames
{
    public static string Korean(string step) => step switch
    {
        "base" => "기준 모델",
        "corpus" => "말뭉치",
        "train" => "학습",
        "compress" => "경량화",
        "evaluate" => "평가",
        "report" => "보고서",
        _ => step,
    };
}
