using Geobuk.Corpus.Quality;

namespace Geobuk.Corpus.Tests.Quality;

public class LanguageIdentifierTests
{
    [Theory]
    [InlineData("ko", "제3조(병역의무) ① 대한민국 국민인 남성은 헌법과 이 법에서 정하는 바에 따라 병역의무를 성실히 수행하여야 한다.")]
    [InlineData("ko", "大韓民國의 主權은 國民에게 있고 모든 權力은 國民으로부터 나온다.")]
    [InlineData("ko", "REST API의 endpoint는 /v1/chat/completions 이고 HTTP 429를 받으면 back-off 한다.")]
    [InlineData("ko", "나랏말ᄊᆞ미 듕귁에 달아 문자와로 서르 사맛디 아니할ᄊᆡ")]
    [InlineData("en", "The head of the agency shall review the acquisition plan before the solicitation is issued.")]
    [InlineData("en", "Procurement thresholds of the Department of Defense are set by law.")]
    [InlineData("zh-Hani", "中華民國國民依法律規定有服兵役之義務。役男年滿十八歲之翌年一月一日起役。")]
    [InlineData("zh-Hani", "依照法律服兵役是中华人民共和国公民的光荣义务。")]
    [InlineData("ja", "日本国民は、正当に選挙された国会における代表者を通じて行動する。")]
    [InlineData("ja", "ｶﾀｶﾅだけの案内です。")]
    [InlineData("other", "Das Bundesministerium der Verteidigung kann durch Rechtsverordnung das Verfahren regeln.")]
    [InlineData("other", "Le ministre de la défense fixe par arrêté la liste des emplois qui peuvent être pourvus.")]
    [InlineData("other", "El ministerio de defensa publicará la convocatoria en el boletín oficial del estado.")]
    [InlineData("other", "Menteri menetapkan peraturan tentang tata cara pengadaan barang dan jasa pemerintah.")]
    [InlineData("other", "Bộ trưởng Bộ Quốc phòng quy định chi tiết việc thực hiện nghĩa vụ quân sự của công dân.")]
    [InlineData("other", "Статья 59. Защита Отечества является долгом и обязанностью гражданина.")]
    [InlineData("und", "2024. 1. 15. / 3,500 (12.5%)")]
    [InlineData("und", "")]
    public void Of_Text_IsItsLanguage(string language, string text) => Assert.Equal(language, LanguageIdentifier.Of(text).Language);

    [Fact]
    public void Of_MixedText_GivesTheShareOfTheLetters()
    {
        var guess = LanguageIdentifier.Of("가나다라 abcdefghij");

        Assert.Equal(("ko", 0.5), (guess.Language, guess.Share));
    }
}
