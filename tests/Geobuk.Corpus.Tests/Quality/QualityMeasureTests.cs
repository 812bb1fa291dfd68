using Geobuk.Corpus.Quality;

namespace Geobuk.Corpus.Tests.Quality;

public class QualityMeasureTests
{
    [Fact]
    public void Of_KnownText_CountsWordsLinesAndRepeats()
    {
        var scores = QualityMeasure.Of("- 첫째 줄 이다.\n\n- 첫째 줄 이다.\n둘째 줄…\n3 4 #");

        Assert.Equal(13, scores.Words);
        Assert.Equal(0.5, scores.BulletLines);
        Assert.Equal(0.25, scores.EllipsisLines);
        Assert.Equal(0.5, scores.PunctuatedLines);
        Assert.Equal(Math.Round(10.0 / 30, 4), scores.RepeatedLines);
        Assert.Equal(Math.Round(2.0 / 13, 4), scores.Symbols);
        Assert.Equal(Math.Round(3.0 / 13, 4), scores.LineBreaks);
    }

    [Fact]
    public void Of_FiveWordsAgain_AreCounted()
    {
        Assert.Equal(0, QualityMeasure.Of("하나 둘 셋 넷 다섯 여섯 일곱").RepeatedFives);
        Assert.Equal(0.1, QualityMeasure.Of("하나 둘 셋 넷 다섯 하나 둘 셋 넷 다섯").RepeatedFives);
    }

    [Fact]
    public void Of_Statute_FailsTheWebFilterForItsLinesOnly()
    {
        var statute = "제2조(정의) 이 법에서 사용하는 용어의 뜻은 다음과 같다.\n" + string.Join('\n', "가나다라마바사아자차카타".Select((mark, i) => $"{mark}. \"용어{i}\"란 제{i}호를 말한다."));

        Assert.Equal("line_breaks", QualityMeasure.Of(statute).WebFilter);
        Assert.Null(QualityMeasure.Of("국방부는 오늘 장병들의 복지를 위한 새로운 계획을 발표하였다. 이 계획은 내년부터 모든 부대에 적용된다.").WebFilter);
    }

    [Fact]
    public void Of_Nothing_IsZero() => Assert.Equal(0, QualityMeasure.Of(" \n").Words);
}
