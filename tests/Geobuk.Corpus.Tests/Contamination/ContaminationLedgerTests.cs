using Geobuk.Corpus.Contamination;

namespace Geobuk.Corpus.Tests.Contamination;

public class ContaminationLedgerTests
{
    private const string Sentence = "현역병의 복무기간은 육군은 18개월, 해군은 20개월, 공군은 21개월로 하며 전시에는 연장할 수 있다.";

    private static ContaminationRow Row(string[] parts, params (string, string)[] training) =>
        ContaminationLedger.Of([new EvaluationText("문항-1", parts)], training, 30, default).Single();

    [Fact]
    public void Of_ItemInTheTrainingText_IsDirtyWhateverItsLayout()
    {
        var row = Row(["다음 중 옳은 것은?", Sentence], ("병역법.md", "앞 글. 현역병의  복무기간은\n육군은 18개월·해군은 20개월·공군은 21개월로 하며, 전시에는 연장할 수 있다! 뒤 글."), ("b", Sentence));

        Assert.True(row.Dirty);
        Assert.Equal((2, "병역법.md"), (row.Documents, row.First));
        Assert.Equal(ContaminationLedger.Normalize(Sentence).Length, row.Longest);
        Assert.InRange(row.Share, 0.7, 0.95);
    }

    [Fact]
    public void Of_PartOfTheItem_GivesItsShareAndLongestRun()
    {
        var bare = ContaminationLedger.Normalize(Sentence);

        var row = Row([Sentence], ("a", bare[..35] + "다른 글이 이어진다"), ("b", "다른 글 뒤에 " + bare[^32..]));

        Assert.Equal(35, row.Longest);
        Assert.Equal(Math.Round(Math.Min(1.0, 67.0 / bare.Length), 4), row.Share, 2);
        Assert.Equal(2, row.Documents);
    }

    [Theory]
    [InlineData("전혀 다른 훈련용 글이며 겹치는 말이 거의 없다고 할 수 있는 긴 문장이다.")]
    [InlineData("현역병의 복무기간은 육군은 18개월, 그 밖의 일은 대통령령으로 정한다.")]
    public void Of_ShortAgreement_IsClean(string training)
    {
        var row = Row([Sentence], ("a", training));

        Assert.Equal((true, false, 0.0, 0, 0), (row.Judged, row.Dirty, row.Share, row.Longest, row.Documents));
        Assert.Null(row.First);
    }

    [Fact]
    public void Of_WindowsAcrossParts_DoNotCount()
    {
        var bare = ContaminationLedger.Normalize(Sentence);

        Assert.False(Row([bare[..20] + "가나다라마바사아자차카타", bare[20..40] + "파하거너더러머버서어저처"], ("a", bare)).Dirty);
    }

    [Fact]
    public void Of_ItemShorterThanAWindow_IsNotJudged()
    {
        Assert.False(Row(["짧은 질문?", "예", "아니요"], ("a", Sentence)).Judged);
        Assert.True(Row(["현역병의 복무기간은 육군은 18개월이고", "해군은 20개월, 공군은 21개월로 한다"], ("a", Sentence)).Judged);
    }
}
