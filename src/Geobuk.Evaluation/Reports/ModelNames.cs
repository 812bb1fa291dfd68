namespace Geobuk.Evaluation.Reports;

/// <summary>Model names of the result files as the page shows them.</summary>
internal static class ModelNames
{
    public static string Korean(string name) => name switch
    {
        "base" => "기준 모델",
        "adapted" => "적응 모델",
        "light" => "경량 모델",
        _ => name,
    };
}
