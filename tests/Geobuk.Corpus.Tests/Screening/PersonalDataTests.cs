using System.Globalization;
using Geobuk.Corpus.Screening;
using Xunit.Abstractions;

namespace Geobuk.Corpus.Tests.Screening;

public sealed class PersonalDataTests(ITestOutputHelper output) : ScreeningTest
{
    private static readonly string[] Around =
    [
        "성명: 홍길동, 주민등록번호: {0}, 주소: 대전광역시 유성구", "홍길동({0})은 위 사람과 같은 부대에서 근무하였다.", "신청인 홍길동 {0}", "1. 인적사항\n성명\t홍길동\n주민번호\t{0}\n소속\t제1군수지원여단", "위 {0} 는 2024. 3. 1. 임용되었다.",
    ];

    [Fact]
    public void Find_GeneratedResidentNumbers_AtLeast98PercentAreFound()
    {
        var random = new Random(7);
        var (missed, total) = (0, 0);
        for (var i = 0; i < 2000; i++, total++)
        {
            var number = Number(random, foreigner: i % 4 == 3, withCheckDigit: i % 3 != 0);
            var form = (i / 4 % 3) switch { 0 => number, 1 => number.Replace("-", " - ", StringComparison.Ordinal), _ => number.Replace('-', '－') };
            var text = string.Format(CultureInfo.InvariantCulture, Around[i % Around.Length], form);
            var found = PersonalDataDetector.Find(text);
            var at = text.IndexOf(form, StringComparison.Ordinal);
            if (!found.Exists(finding => finding.Kind == (i % 4 == 3 ? FindingKind.ForeignerNumber : FindingKind.ResidentNumber) && finding.Start == at && finding.Length == form.Length)) missed++;
        }
        output.WriteLine($"{total - missed} of {total}");
        Assert.True(missed <= 0.02 * total, $"{missed} of {total} missed");
    }

    [Theory]
    [InlineData("군번 21-76012345 병장 홍길동", FindingKind.ServiceNumber, "21-76012345")]
    [InlineData("군번: 05-12345", FindingKind.ServiceNumber, "05-12345")]
    [InlineData("중사 김철수(12-123456)는 표창을 받았다", FindingKind.ServiceNumber, "12-123456")]
    [InlineData("군번\t성명\n21-76012345\t홍길동", FindingKind.ServiceNumber, "21-76012345")]
    [InlineData("여권번호 M12345678", FindingKind.Passport, "M12345678")]
    [InlineData("출장자 여권 M123A4567 사본", FindingKind.Passport, "M123A4567")]
    [InlineData("운전면허 11-12-345678-90", FindingKind.DriverLicense, "11-12-345678-90")]
    [InlineData("면허번호 서울 12-345678-90", FindingKind.DriverLicense, "서울 12-345678-90")]
    [InlineData("연락처 010-1234-5678", FindingKind.Phone, "010-1234-5678")]
    [InlineData("연락처 01012345678.", FindingKind.Phone, "01012345678")]
    [InlineData("전화 02) 748-1234", FindingKind.Phone, "02) 748-1234")]
    [InlineData("전화 042-123-4567", FindingKind.Phone, "042-123-4567")]
    [InlineData("(+82-10-1234-5678)", FindingKind.Phone, "+82-10-1234-5678")]
    [InlineData("군전화 900-1234", FindingKind.Phone, "900-1234")]
    [InlineData("입금계좌: 국민은행 123456-01-123456", FindingKind.Account, "123456-01-123456")]
    [InlineData("농협 301-1234-5678-91 예금주 홍길동", FindingKind.Account, "301-1234-5678-91")]
    [InlineData("계좌번호 110123456789", FindingKind.Account, "110123456789")]
    [InlineData("법인카드 4111-1111-1111-1111", FindingKind.Card, "4111-1111-1111-1111")]
    [InlineData("카드번호 4111111111111111", FindingKind.Card, "4111111111111111")]
    [InlineData("문의: hong.gd@mnd.go.kr로 보낸다", FindingKind.Email, "hong.gd@mnd.go.kr")]
    [InlineData("주민등록번호 900101-1******", FindingKind.ResidentNumber, "900101-1******")]
    [InlineData("주민등록번호 9 0 0 1 0 1 - 1 2 3 4 5 6 7", FindingKind.ResidentNumber, "9 0 0 1 0 1 - 1 2 3 4 5 6 7")]
    [InlineData("주민등록번호 ９００１０１－１２３４５６７", FindingKind.ResidentNumber, "９００１０１－１２３４５６７")]
    public void Find_PersonalData_HasKindAndPlace(string text, string kind, string value)
    {
        var found = Assert.Single(PersonalDataDetector.Find(text));
        Assert.Equal((kind, value), (found.Kind, found.Detail));
        Assert.Equal(value, text.Substring(found.Start, found.Length));
    }

    [Theory]
    [InlineData("법인등록번호 110111-1234567")]
    [InlineData("문서번호 991332-1234567 참조")]
    [InlineData("2024-12-31부터 2025-01-31까지")]
    [InlineData("사업자등록번호 123-45-67890")]
    [InlineData("부품번호 M123A4567을 청구한다")]
    [InlineData("재고번호(NSN) 5305-00-123-4567")]
    [InlineData("예산 12,345,678,901원과 1234567890원")]
    [InlineData("카드 모양 4111-1111-1111-1112의 검사 숫자는 틀렸다")]
    [InlineData("제21-12345호 공고, 제2024-123호")]
    [InlineData("국번 없이 1303, 대표번호 1577-9090")]
    [InlineData("법률 제12345678호 <개정 2010.12.31>")]
    public void Find_NumbersOfThings_AreLeftAlone(string text) => Assert.Empty(PersonalDataDetector.Find(text));

    [Fact]
    public void Screen_PersonalData_IsMaskedByTypedPlaceholdersAndNothingElseChanges()
    {
        var screened = Screen("성명 홍길동\n주민등록번호 900101-1234568\n연락처 010-1234-5678 (휴대)\n제출처: 국방부 인사과");
        Assert.Equal(ScreeningVerdict.Redacted, screened.Verdict);
        Assert.Contains("주민등록번호 [주민등록번호]", screened.Text);
        Assert.Contains("연락처 [전화번호] (휴대)", screened.Text);
        Assert.EndsWith("제출처: 국방부 인사과", screened.Text);
        Assert.Equal(1, screened.Redactions[FindingKind.Phone]);
        Assert.Empty(PersonalDataDetector.Find(screened.Text));
    }

    [Fact]
    public void Screen_RegisterOfPeople_IsQuarantined()
    {
        var random = new Random(1);
        var screened = Screen(string.Join('\n', Enumerable.Range(0, 50).Select(i => $"{i}\t홍길동\t{Number(random, false, true)}")));
        Assert.Equal((ScreeningVerdict.Quarantined, FindingKind.ResidentNumber), (screened.Verdict, screened.Reason));
    }

    [Fact]
    public void Screen_KindThatThePolicyQuarantines_IsNotMasked()
    {
        var document = Read("문서.txt", "연락처 010-1234-5678");
        var screened = DocumentScreen.Of(document, new ScreeningPolicy { Quarantined = new HashSet<string> { FindingKind.Phone } });
        Assert.Equal((ScreeningVerdict.Quarantined, FindingKind.Phone), (screened.Verdict, screened.Reason));
    }

    [Fact]
    public void Screen_CourtDecision_MasksPartiesAndNobodyElse()
    {
        var screened = Screen("【원고, 상고인】 홍길동 (소송대리인 변호사 박변호)\n【피고, 피상고인】 대한민국\n【주    문】 상고를 기각한다.\n【이    유】 원고 홍길동은 1990년에 입대하였다. 홍길동의 주장은 이유 없다. 홍길동전은 소설이다.");
        Assert.Equal(3, screened.Redactions[FindingKind.Name]);
        Assert.Contains("원고 [이름]은", screened.Text);
        Assert.Contains("박변호", screened.Text);
        Assert.Contains("홍길동전은", screened.Text);
        Assert.Contains("대한민국", screened.Text);
    }

    private static string Number(Random random, bool foreigner, bool withCheckDigit)
    {
        var year = random.Next(1940, 2021);
        var gender = (year < 2000 ? 1 : 3) + random.Next(2) + (foreigner ? 4 : 0);
        var born = $"{year % 100:00}{random.Next(1, 13):00}{random.Next(1, 29):00}";
        var head = $"{born}{gender}{random.Next(100000):00000}";
        var check = PersonalNumbers.CheckDigit(head + "0", foreigner ? 13 : 11);
        return $"{born}-{head[6..]}{(withCheckDigit ? check : (check + 1 + random.Next(9)) % 10)}";
    }
}
