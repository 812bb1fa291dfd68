using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// Personal data in text. Every shape is confirmed by arithmetic, by a date of birth or by the words around it; where the law
/// took the check digit away (resident numbers since October 2020), a failing one clears nothing.
/// </summary>
internal static partial class PersonalDataDetector
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;
    private const string D = "[0-9０-９]";
    private const string Dash = "[-‐‑‒–—―−－]";

    /// <summary>Findings in the order of their places, none overlapping; the more telling kind wins.</summary>
    public static List<Finding> Find(string text) => Find(text, NumberShapes.Of(text));

    internal static List<Finding> Find(string text, NumberShapes shapes)
    {
        var found = new List<Finding>();
        if (shapes.Resident)
            foreach (Match match in Resident().Matches(text)) Take(found, ResidentKind(text, match), match);
        if (text.Contains("주민", StringComparison.Ordinal) || text.Contains("외국인등록", StringComparison.Ordinal))
            foreach (Match match in SpacedResident().Matches(text)) Take(found, match.Groups["f"].Success ? FindingKind.ForeignerNumber : FindingKind.ResidentNumber, match.Groups["n"]);
        if (shapes.Driver)
            foreach (Match match in Driver().Matches(text)) Take(found, IsDriver(text, match) ? FindingKind.DriverLicense : null, match);
        if (shapes.Card)
            foreach (Match match in Card().Matches(text)) Take(found, IsCard(text, match) ? FindingKind.Card : null, match);
        if (shapes.Passport)
            foreach (Match match in Passport().Matches(text)) Take(found, IsPassport(text, match) ? FindingKind.Passport : null, match);
        if (shapes.Service)
            foreach (Match match in Service().Matches(text)) Take(found, IsService(text, match) ? FindingKind.ServiceNumber : null, match);
        if (NamesServiceNumber(text))
            foreach (Match match in ServiceNamed().Matches(text)) Take(found, FindingKind.ServiceNumber, match.Groups["n"]);
        if (shapes.Phone)
            foreach (Match match in Phone().Matches(text)) Take(found, IsPhone(text, match) ? FindingKind.Phone : null, match);
        if (shapes.MilitaryPhone)
            foreach (Match match in MilitaryPhone().Matches(text)) Take(found, FindingKind.Phone, match.Groups["n"]);
        if (shapes.Account)
            foreach (Match match in Account().Matches(text)) Take(found, IsAccount(text, match) ? FindingKind.Account : null, match);
        if (text.Contains('@', StringComparison.Ordinal))
            foreach (Match match in Email().Matches(text)) Take(found, FindingKind.Email, match);
        foreach (var (start, length) in CourtNames.Find(text)) Take(found, FindingKind.Name, start, length, text.Substring(start, length));
        found.Sort((a, b) => a.Start.CompareTo(b.Start));
        return found;
    }

    private static void Take(List<Finding> found, string? kind, Capture match) => Take(found, kind, match.Index, match.Length, match.Value);

    private static void Take(List<Finding> found, string? kind, int start, int length, string value)
    {
        if (kind is null || found.Exists(other => start < other.Start + other.Length && other.Start < start + length)) return;
        found.Add(new Finding(kind, start, length, value));
    }

    // 군번 with at most one space in it, and the other names of it.
    private static bool NamesServiceNumber(string text)
    {
        for (var at = text.IndexOf('번', StringComparison.Ordinal); at >= 0; at = text.IndexOf('번', at + 1))
            if (at > 0 && (text[at - 1] == '군' || (at > 1 && char.IsWhiteSpace(text[at - 1]) && text[at - 2] == '군'))) return true;
        return text.Contains("軍番", StringComparison.Ordinal) || text.Contains("인식표", StringComparison.Ordinal) || text.Contains("ervice ", StringComparison.Ordinal);
    }

    private static string? ResidentKind(string text, Match match)
    {
        var kind = match.Groups["g"].Value[0] is '5' or '6' or '7' or '8' or '５' or '６' or '７' or '８' ? FindingKind.ForeignerNumber : FindingKind.ResidentNumber;
        var before = Before(text, match.Index, 30);
        var named = ResidentWords().IsMatch(before);
        if (match.Groups["masked"].Success) return kind;
        var digits = PersonalNumbers.Digits(match.Value);
        if (named) return kind;
        if (!PersonalNumbers.HasBirthDate(digits) || digits[6] is '0' or '9') return null;
        var checks = PersonalNumbers.HasCheckDigit(digits, kind == FindingKind.ForeignerNumber ? 13 : 11);
        if (before.Contains("법인", StringComparison.Ordinal)) return null;
        if (checks) return kind;
        // A corporation's number has the same shape; its own check digit tells it.
        return match.Groups["dash"].Success && !PersonalNumbers.IsCorporate(digits) && !OtherNumberWords().IsMatch(before) ? kind : null;
    }

    private static bool IsDriver(string text, Match match) => match.Value.Length > 12 || Near(text, match, 30, 10).Contains("면허", StringComparison.Ordinal);

    private static bool IsCard(string text, Match match)
    {
        var digits = PersonalNumbers.Digits(match.Value);
        return PersonalNumbers.IsLuhn(digits) && (match.Length > digits.Length || CardWords().IsMatch(Near(text, match, 30, 15)));
    }

    private static bool IsPassport(string text, Match match)
    {
        var near = Near(text, match, 40, 15);
        return PassportWords().IsMatch(near) || !PartWords().IsMatch(near);
    }

    private static bool IsService(string text, Match match)
    {
        var before = Before(text, match.Index, 300);
        return before.Contains("군번", StringComparison.Ordinal) || before.Contains("인식표", StringComparison.Ordinal)
            || Rank().IsMatch(Line(before, 24));
    }

    private static bool IsPhone(string text, Match match)
    {
        var before = Line(Before(text, match.Index, 30), 30);
        return !AccountWords().IsMatch(before) || PhoneWords().IsMatch(before);
    }

    private static bool IsAccount(string text, Match match)
    {
        var digits = PersonalNumbers.Digits(match.Value).Length;
        if (digits is < 10 or > 16) return false;
        var before = Line(Before(text, match.Index, 40), 40);
        var after = After(text, match.Index + match.Length, 15);
        return !PhoneWords().IsMatch(Line(before, 10)) && (AccountWords().IsMatch(before) || AccountWords().IsMatch(after));
    }

    private static string Before(string text, int index, int length) => text[Math.Max(0, index - length)..index];

    private static string After(string text, int index, int length) => text[index..Math.Min(text.Length, index + length)].Split('\n')[0];

    private static string Near(string text, Match match, int before, int after) => Before(text, match.Index, before) + " " + After(text, match.Index + match.Length, after);

    private static string Line(string before, int length)
    {
        var line = before[(before.LastIndexOf('\n') + 1)..];
        return line.Length <= length ? line : line[^length..];
    }

    [GeneratedRegex($@"(?<!{D}|{D}{Dash}){D}{{2}}[01０１]{D}[0-3０-３]{D}(?<dash>\s?{Dash}\s?)?(?:(?<g>{D}){D}{{6}}(?!{D}|{Dash}{D})|(?<g>[1-8１-８])(?<masked>[*●○＊xXＸ•]{{6}}))", Options)]
    private static partial Regex Resident();

    [GeneratedRegex($@"(?:주민(?:등록)?\s?번호|(?<f>외국인등록\s?번호))[^0-9０-９\n]{{0,12}}(?<n>(?:{D}[ .]?){{6}}\s?{Dash}?\s?(?:{D}[ .]?){{6}}{D})(?!{D})", Options)]
    private static partial Regex SpacedResident();

    [GeneratedRegex(@"주민|외국인\s?등록|생년|RRN|resident", Options | RegexOptions.IgnoreCase)]
    private static partial Regex ResidentWords();

    [GeneratedRegex(@"계좌|은행|예금|문서번호|관리번호|접수번호|품번|재고번호|사업자", Options)]
    private static partial Regex OtherNumberWords();

    [GeneratedRegex($@"(?<!{D}|{D}{Dash})(?:(?:1[1-9]|2[0-68])(?:{Dash}[0-9]{{2}}{Dash}[0-9]{{6}}{Dash}[0-9]{{2}}|[0-9]{{10}})|(?:서울|부산|경기|강원|충북|충남|전북|전남|경북|경남|제주|대구|인천|광주|대전|울산)\s?{Dash}?\s?[0-9]{{2}}{Dash}[0-9]{{6}}{Dash}[0-9]{{2}})(?!{D}|{Dash}{D})", Options)]
    private static partial Regex Driver();

    [GeneratedRegex($@"(?<!{D}|{D}{Dash})(?:[3-69][0-9]{{3}}(?<s>[- ]?)[0-9]{{4}}\k<s>[0-9]{{4}}\k<s>[0-9]{{4}}|3[47][0-9]{{2}}[- ]?[0-9]{{6}}[- ]?[0-9]{{5}})(?!{D}|{Dash}{D})", Options)]
    private static partial Regex Card();

    [GeneratedRegex(@"카드|card|VISA|Master", Options | RegexOptions.IgnoreCase)]
    private static partial Regex CardWords();

    [GeneratedRegex(@"(?<![A-Za-z0-9])[MSRODGP](?:[0-9]{8}|[0-9]{3}[A-Z][0-9]{4})(?![A-Za-z0-9])", Options)]
    private static partial Regex Passport();

    [GeneratedRegex(@"여권|passport", Options | RegexOptions.IgnoreCase)]
    private static partial Regex PassportWords();

    [GeneratedRegex(@"품번|부품|모델|제품|도면|규격|일련번호|관리번호|문서번호|재고번호|model|P/N|S/N|NSN|part", Options | RegexOptions.IgnoreCase)]
    private static partial Regex PartWords();

    [GeneratedRegex($@"(?<!{D}|{D}{Dash}|[A-Za-z])[0-9]{{2}}{Dash}(?:[0-9]{{8}}|[0-9]{{5,6}})(?!{D}|{Dash}{D})", Options)]
    private static partial Regex Service();

    [GeneratedRegex($@"(?:군\s?번|軍番|인식표\s?번호|[Ss]ervice [Nn]umber)[^0-9\n]{{0,12}}(?<n>[0-9]{{2}}\s?{Dash}\s?[0-9]{{5,8}}|[0-9]{{5,10}})(?!{D})", Options)]
    private static partial Regex ServiceNamed();

    [GeneratedRegex(@"이병|일병|상병|병장|하사|중사|상사|원사|준위|[소중대]위|[소중대]령|[준소중대]장|훈련병|병사", Options)]
    private static partial Regex Rank();

    [GeneratedRegex($@"(?<!{D}|{D}{Dash}|[A-Za-z.])(?:(?:\+?82[-. )]{{0,2}}(?:\(0\))?|\(?0)(?:1[016789]\)?[-‐–—－. ]?[0-9]{{3,4}}[-‐–—－. ]?[0-9]{{4}}|(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50[0-9])\s?[-‐–—－.)]\s?[0-9]{{3,4}}\s?[-‐–—－. ]\s?[0-9]{{4}})|０１０{Dash}?[０-９]{{4}}{Dash}?[０-９]{{4}})(?!{D}|{Dash}{D})", Options)]
    private static partial Regex Phone();

    [GeneratedRegex($@"(?:군\s?전화|군\s?통신|군\s?회선|DSN)[^0-9\n]{{0,8}}(?<n>[0-9]{{3,4}}{Dash}[0-9]{{4}})(?!{D})", Options)]
    private static partial Regex MilitaryPhone();

    [GeneratedRegex(@"전화|연락처|휴대|핸드폰|팩스|FAX|TEL|☎", Options | RegexOptions.IgnoreCase)]
    private static partial Regex PhoneWords();

    [GeneratedRegex($@"(?<!{D}|{D}{Dash}|[A-Za-z])(?:[0-9]{{2,6}}{Dash}[0-9]{{2,6}}(?:{Dash}[0-9]{{1,8}}){{1,2}}|[0-9]{{4,6}}{Dash}[0-9]{{4,8}}|[0-9]{{10,14}})(?!{D}|{Dash}{D})", Options)]
    private static partial Regex Account();

    [GeneratedRegex(@"계좌|통장|예금주|입금|송금|은행|뱅크|농협|수협|신협|우체국|새마을금고|축협", Options)]
    private static partial Regex AccountWords();

    [GeneratedRegex(@"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,10}", Options)]
    private static partial Regex Email();
}
