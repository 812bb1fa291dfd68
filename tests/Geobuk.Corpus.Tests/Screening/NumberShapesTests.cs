using CsCheck;
using Geobuk.Corpus.Screening;

namespace Geobuk.Corpus.Tests.Screening;

/// <summary>What is looked for before the regular expressions must never lose what they would find.</summary>
public sealed class NumberShapesTests
{
    private static readonly string[] Pieces =
    [
        "010-1234-5678", "02) 345-6789", "+82 (0)10-1234-5678", "０１０-１２３４-５６７８", "900101-1234567", "900101 - 2******", "9001011234568", "11-22-333333-44", "서울 22-333333-44", "부산22-",
        "4111 1111 1111 1111", "3714-496353-98431", "M12345678", "M123A4567", "12-12345678", "군번 98-71234567", "군 번: 12345678", "군전화 900-1234", "계좌 110-123-456789", "계좌 1234567890123",
        "2010. 7. 1.", "제3조", "주민등록번호 9 0 0 1 0 1 - 1 2 3 4 5 6 7", "(", ")", "-", "－", "—", " ", "\n", ".", "1", "0", "8", "２", "x", "A", "가", "면허 ", "여권 ", "카드 ",
    ];

    private static readonly string[] GradeLetters = ["군", "사", " ", "·", "Ⅱ", "2", "I", "급", "級", "비", "밀", "기", "秘", "密", "대", "외", "對", "外", "극", "제", "\u00A0", "-", "가", "\u200B"];

    [Fact]
    public void Find_RandomNumbers_FindsAllThatTheExpressionsWould() =>
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 8].Sample(pieces =>
        {
            var text = string.Concat(pieces);
            Assert.Equal(PersonalDataDetector.Find(text, NumberShapes.All), PersonalDataDetector.Find(text));
        }, iter: 20_000);

    [Fact]
    public void MayGrade_RandomLines_HoldsWhereverAGradeIs() =>
        Gen.Int[0, GradeLetters.Length - 1].Select(i => GradeLetters[i]).Array[1, 12].Sample(letters =>
        {
            var line = string.Concat(letters);
            if (MarkingDetector.HoldsGrade(line)) Assert.True(GradeEnds.MayGrade(line), line);
        }, iter: 50_000);

    [Theory]
    [InlineData("비용을 지급하며 준비를 한다. 제3조의 급여", false)]
    [InlineData("3급 공무원", true)]
    public void MayGrade_OrdinaryLines_AreSeldomTried(string line, bool expected) => Assert.Equal(expected, GradeEnds.MayGrade(line));
}
