using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Screening;

public sealed class LicenseGateTests : ScreeningTest
{
    [Theory]
    [InlineData("KOGL-0", "kogl_0", true, "")]
    [InlineData("KOGL-1", "kogl_1", true, "attribution")]
    [InlineData("공공누리 제2유형", "kogl_2", true, "attribution,non_commercial")]
    [InlineData("KOGL-3", "kogl_3", false, "attribution")]
    [InlineData("공공누리 제4유형", "kogl_4", false, "attribution")]
    [InlineData("공공누리 제4유형 + AI유형", "kogl_4_ai", true, "attribution,no_resale,no_verbatim_output")]
    [InlineData("저작권법 제7조", "copyright_act_7", true, "")]
    [InlineData("저작권법 제24조의2", "copyright_act_24_2", true, "attribution")]
    [InlineData("U.S. Government work, 17 USC 105", "us_government_work", true, "")]
    [InlineData("CC BY-SA 4.0", "open_license", true, "attribution,share_alike")]
    [InlineData("CC BY-ND 4.0", "restricted_license", false, "attribution")]
    [InlineData("CC0", "open_license", true, "")]
    [InlineData("permission: letter of 2026-03-02", "permission", true, "")]
    [InlineData("All rights reserved", "unknown", false, "")]
    [InlineData("이용허락 범위 밖의 이용을 금함", "unknown", false, "")]
    public void Of_StatedLicense_HasBasisAndObligations(string license, string basis, bool permitted, string obligations)
    {
        var decision = LicenseGate.Of(Document() with { License = license });
        Assert.Equal((basis, permitted, obligations), (decision.Basis, decision.Permitted, string.Join(',', decision.Obligations)));
    }

    [Theory]
    [InlineData("permission", "unknown")]
    [InlineData("permission: ", "unknown")]
    [InlineData("이용허락서 (국방홍보원 2026-31)", "permission")]
    public void Of_StatedPermission_NeedsItsReference(string license, string basis) => Assert.Equal(basis, LicenseGate.Of(Document() with { License = license }).Basis);

    [Theory]
    [InlineData("kogl_1", null, "kogl_1", true)]
    [InlineData("kogl_3_ai", null, "kogl_3_ai", true)]
    [InlineData("copyright_act_24_2", "KOGL-4", "kogl_4", false)]
    [InlineData("kogl_1", "All rights reserved", "unknown", false)]
    [InlineData("permission (공문 정책-1234)", "KOGL-4", "permission", true)]
    [InlineData("permission (공문 정책-1234)", "All rights reserved", "permission", true)]
    [InlineData("open_license (All rights reserved)", null, "unknown", false)]
    [InlineData("open_license (CC BY-NC 4.0)", null, "open_license", true)]
    public void Of_SourcesBasis_GivesWayToTheDocumentUnlessItIsAPermission(string basis, string? stated, string expected, bool permitted)
    {
        var decision = LicenseGate.Of(Document() with { License = stated }, basis);
        Assert.Equal((expected, permitted), (decision.Basis, decision.Permitted));
    }

    [Theory]
    [InlineData(true, false, false, null, null, "unknown", false, "")]
    [InlineData(true, false, false, "copyright_act_24_2", null, "copyright_act_24_2", true, "attribution")]
    [InlineData(true, false, true, "kogl_1", null, "kogl_1", true, "attribution,share_alike")]
    [InlineData(true, true, false, "copyright_act_24_2", null, "restricted_license", false, "attribution")]
    [InlineData(true, true, false, null, "KOGL-1", "restricted_license", false, "attribution")]
    [InlineData(true, true, false, null, "KOGL-3", "kogl_3", false, "attribution")]
    [InlineData(true, true, false, null, "KOGL-4 AI", "kogl_4_ai", true, "attribution,no_resale,no_verbatim_output")]
    [InlineData(true, true, false, "copyright_act_7", null, "copyright_act_7", true, "")]
    [InlineData(false, false, true, "open_license (CC0)", null, "open_license", true, "attribution,share_alike")]
    [InlineData(false, true, false, "permission (공문 정책-1234)", null, "permission", true, "")]
    public void Of_MarkInTheFilesHeader_NarrowsWhatElseIsSaid(bool kogl, bool noCopies, bool shareAlike, string? basis, string? stated, string expected, bool permitted, string obligations)
    {
        var decision = LicenseGate.Of(Document() with { License = stated, LicenseMark = new LicenseMark(kogl, noCopies, shareAlike) }, basis);
        Assert.Equal((expected, permitted, obligations), (decision.Basis, decision.Permitted, string.Join(',', decision.Obligations)));
    }

    [Theory]
    [InlineData("본 저작물은 공공누리 제4유형(출처표시, 상업적 이용금지, 변경금지) 조건에 따라 이용할 수 있습니다.", "kogl_4")]
    [InlineData("본 자료는 「공공누리」 제1유형 조건에 따라 이용할 수 있습니다.", "kogl_1")]
    [InlineData("공공누리 제1유형은 출처만 밝히면 된다. 제4유형은 그렇지 않다.", "copyright_act_24_2")]
    [InlineData("이 자료는 공공누리 제1유형과 같다. 이 자료는 공공누리 제4유형과 다르다.", "copyright_act_24_2")]
    public void Of_PrintedKogl_CountsWhereADocumentPrintsOne(string line, string expected) =>
        Assert.Equal(expected, LicenseGate.Of(Read("문서.txt", $"담당자는 결과를 통보하여야 한다.\n\n{line}"), "copyright_act_24_2").Basis);

    [Theory]
    [InlineData("훈령", "copyright_act_7")]
    [InlineData("국방부령", "copyright_act_7")]
    [InlineData("대법원규칙", "copyright_act_7")]
    [InlineData("내부규칙", "unknown")]
    [InlineData("회사 수령", "unknown")]
    public void Of_Kind_OnlyOfTheState(string kind, string basis) => Assert.Equal(basis, LicenseGate.Of(Document() with { Kind = kind }).Basis);

    [Fact]
    public void Of_Statute_IsFreeUnderArticle7() =>
        Assert.Equal("copyright_act_7", LicenseGate.Of(Document() with { Law = new LawIdentity("000001", "1", null, null, []) }).Basis);

    [Theory]
    [InlineData("https://www.acquisition.gov/dfars", "us_government_work")]
    [InlineData("https://example.com/x.gov", "unknown")]
    [InlineData(null, "unknown")]
    public void Of_Origin_OnlyGovernmentHostsCount(string? origin, string basis) => Assert.Equal(basis, LicenseGate.Of(Document() with { Origin = origin }).Basis);

    private SourceDocument Document() => Read("문서.txt", "담당자는 결과를 통보하여야 한다.");
}
