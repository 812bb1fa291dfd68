using Geobuk.Samples.Generator;

namespace Geobuk.Samples.Tests;

public class WordingTests
{
    [Theory]
    [InlineData("연가[은/는]", "연가는")]
    [InlineData("당직[은/는]", "당직은")]
    [InlineData("3만 원[을/를]", "3만 원을")]
    [InlineData("갈매관[으로/로]", "갈매관으로")]
    [InlineData("창고[으로/로]", "창고로")]
    [InlineData("사무실[으로/로]", "사무실로")]
    [InlineData("사무실[이/가]", "사무실이")]
    public void ChooseParticles_FinalConsonant_DecidesTheForm(string wording, string expected) =>
        Assert.Equal(expected, Wording.ChooseParticles(wording));

    [Fact]
    public void Fill_ParticleAfterSubjectAndValue_FitsBoth() =>
        Assert.Equal("병가는 복무담당이 허가한다.", Wording.Fill("{n}[은/는] {v}[이/가] 허가한다.", "병가", "복무담당"));

    [Fact]
    public void ChooseParticles_NoKoreanSyllableBefore_Throws() =>
        Assert.Throws<FormatException>(() => Wording.ChooseParticles("7[은/는]"));
}
