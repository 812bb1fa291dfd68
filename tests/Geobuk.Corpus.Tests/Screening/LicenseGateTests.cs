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
