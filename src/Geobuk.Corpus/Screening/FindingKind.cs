namespace Geobuk.Corpus.Screening;

/// <summary>What screening finds; these words stand in findings and reports.</summary>
public static class FindingKind
{
    /// <summary>A security marking, Korean or English.</summary>
    public const string SecurityMarking = "security_marking";
    /// <summary>주민등록번호.</summary>
    public const string ResidentNumber = "resident_number";
    /// <summary>외국인등록번호.</summary>
    public const string ForeignerNumber = "foreigner_number";
    /// <summary>군번.</summary>
    public const string ServiceNumber = "service_number";
    /// <summary>여권번호.</summary>
    public const string Passport = "passport";
    /// <summary>운전면허번호.</summary>
    public const string DriverLicense = "driver_license";
    /// <summary>전화번호.</summary>
    public const string Phone = "phone";
    /// <summary>계좌번호.</summary>
    public const string Account = "account";
    /// <summary>카드번호.</summary>
    public const string Card = "card";
    /// <summary>전자우편.</summary>
    public const string Email = "email";
    /// <summary>A party's name in a court decision.</summary>
    public const string Name = "name";

    /// <summary>Every kind of personal data.</summary>
    public static IReadOnlyList<string> Personal { get; } =
        [ResidentNumber, ForeignerNumber, ServiceNumber, Passport, DriverLicense, Phone, Account, Card, Email, Name];

    /// <summary>What stands in the text in place of personal data of <paramref name="kind"/>.</summary>
    public static string Placeholder(string kind) => kind switch
    {
        ResidentNumber => "[주민등록번호]",
        ForeignerNumber => "[외국인등록번호]",
        ServiceNumber => "[군번]",
        Passport => "[여권번호]",
        DriverLicense => "[운전면허번호]",
        Phone => "[전화번호]",
        Account => "[계좌번호]",
        Card => "[카드번호]",
        Email => "[전자우편]",
        Name => "[이름]",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not personal data"),
    };
}
