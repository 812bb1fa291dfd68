namespace Geobuk.Recipes;

/// <summary>The words by which a recipe names the basis on which documents may be trained on.</summary>
public static class LicenseBasis
{
    /// <summary>저작권법 제7조: laws, rules, public notices, decisions. Nobody's.</summary>
    public const string CopyrightAct7 = "copyright_act_7";
    /// <summary>저작권법 제24조의2: published works of the state and of local governments.</summary>
    public const string CopyrightAct24 = "copyright_act_24_2";
    /// <summary>17 U.S.C. 105.</summary>
    public const string UnitedStatesWork = "us_government_work";
    /// <summary>An open licence, its name in brackets.</summary>
    public const string OpenLicense = "open_license";
    /// <summary>Explicit permission, its reference in brackets.</summary>
    public const string Permission = "permission";
    /// <summary>In place of a source's name: all sources of the domain.</summary>
    public const string Domain = "domain";
    /// <summary>In place of a source's name: all general sources.</summary>
    public const string General = "general";

    /// <summary>What the recipe may say.</summary>
    public const string Pattern = @"copyright_act_7|copyright_act_24_2|kogl_[0-4](_ai)?|us_government_work|(permission|open_license) \(\S[^()]*\)";
    /// <summary>A basis in Korean, for pages and cards.</summary>
    public static string Korean(string basis) => basis switch
    {
        CopyrightAct7 => "저작권법 제7조(보호받지 못하는 저작물)",
        CopyrightAct24 => "저작권법 제24조의2(공공저작물의 자유이용)",
        UnitedStatesWork => "미국 정부 저작물(17 U.S.C. 105)",
        OpenLicense => "공개 이용허락",
        Permission => "개별 이용허락",
        _ when basis.StartsWith("kogl_", StringComparison.Ordinal) => $"공공누리 제{basis[5]}유형{(basis.EndsWith("_ai", StringComparison.Ordinal) ? " + AI유형" : "")}",
        _ => basis,
    };

    /// <summary>An obligation in Korean, for pages and cards.</summary>
    public static string KoreanObligation(string obligation) => obligation switch
    {
        "attribution" => "출처를 밝힐 것",
        "non_commercial" => "상업적으로 쓰지 않을 것",
        "share_alike" => "같은 조건으로 나눌 것",
        "no_resale" => "학습 데이터를 되팔지 않을 것",
        "no_verbatim_output" => "원문 그대로 출력하지 않을 것",
        _ => obligation,
    };

    /// <summary>The same in words.</summary>
    public const string PatternText = "copyright_act_7, copyright_act_24_2, kogl_0 to kogl_4, kogl_0_ai to kogl_4_ai, us_government_work, open_license (NAME) or permission (REFERENCE)";
}
