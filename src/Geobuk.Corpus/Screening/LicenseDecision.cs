namespace Geobuk.Corpus.Screening;

/// <summary>On what basis a document may be trained on.</summary>
/// <param name="Basis">copyright_act_7, copyright_act_24_2, kogl_0 to kogl_4, kogl_1_ai …, us_government_work, open_license, permission, restricted_license, unknown.</param>
/// <param name="Permitted">False where the licence forbids training, or is not known.</param>
/// <param name="Obligations">What travels with the data: attribution, non_commercial, share_alike, no_resale, no_verbatim_output.</param>
public sealed record LicenseDecision(string Basis, bool Permitted, IReadOnlyList<string> Obligations)
{
    /// <summary>The basis of a document that nobody has stated one for.</summary>
    public const string Unknown = "unknown";

    /// <summary>Why a document is quarantined: nobody has said on what basis it may be used.</summary>
    public const string ReasonUnknown = "license_unknown";

    /// <summary>Why a document is quarantined: its licence forbids what training does.</summary>
    public const string ReasonForbids = "license_forbids";

    /// <summary>Which permission or which open licence.</summary>
    public string? Reference { get; init; }
}
