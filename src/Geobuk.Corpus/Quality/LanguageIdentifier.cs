namespace Geobuk.Corpus.Quality;

/// <summary>
/// Tells Korean, English, Chinese, Japanese and other text apart: by script, and Latin text by character trigrams (naive Bayes against
/// a paragraph each of ten languages). Han characters belong to the language whose own script stands beside them: mixed Korean writing
/// has Hangul particles, Japanese has kana.
/// </summary>
public static class LanguageIdentifier
{
    public const string Korean = "ko", English = "en", Chinese = "zh-Hani", Japanese = "ja", Other = "other", Undetermined = "und";

    private const double SyllableWeight = 2.5, KanaWeight = 2;
    private const double LeastHangulBesideHan = 0.2, LeastKanaBesideHan = 0.1, LeastKorean = 0.3;

    /// <summary>The language of <paramref name="text"/>.</summary>
    public static LanguageGuess Of(string text)
    {
        long hangul = 0, kana = 0, han = 0, latin = 0, foreign = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 'A') continue;
            if (c < '\u0250')
            {
                if (char.IsLetter(c)) latin++;
            }
            else if (IsHangul(c)) hangul++;
            else if (c is >= '\u3041' and <= '\u30FF' or >= '\uFF66' and <= '\uFF9D') kana++;
            else if (c is >= '\u3400' and <= '\u9FFF' or >= '\uF900' and <= '\uFAFF') han++;
            else if (char.IsHighSurrogate(c)) han += i + 1 < text.Length && char.ConvertToUtf32(c, text[++i]) is >= 0x20000 and < 0x32000 ? 1 : 0;
            else if (c is >= '\u1E00' and <= '\u1EFF' or >= '\uFF21' and <= '\uFF5A') latin++;
            else if (char.IsLetter(c)) foreign++;
        }
        return Of(hangul, kana, han, latin, foreign, text);
    }

    private static LanguageGuess Of(long hangul, long kana, long han, long latin, long foreign, string text)
    {
        var total = SyllableWeight * (hangul + han) + KanaWeight * kana + latin + foreign;
        if (total == 0) return new LanguageGuess(Undetermined, 0);
        var hanIsKorean = hangul >= LeastHangulBesideHan * (hangul + han);
        var hanIsJapanese = !hanIsKorean && kana >= LeastKanaBesideHan * (kana + han);
        var korean = SyllableWeight * (hangul + (hanIsKorean ? han : 0));
        var japanese = KanaWeight * kana + (hanIsJapanese ? SyllableWeight * han : 0);
        var chinese = hanIsKorean || hanIsJapanese ? 0 : SyllableWeight * han;
        var most = Math.Max(Math.Max(korean, japanese), Math.Max(Math.Max(chinese, latin), foreign));
        // Korean technical writing is full of Latin names; where there is so much Korean, the text is Korean.
        if (korean >= LeastKorean * total) most = korean;
        var language = most == korean ? Korean : most == japanese ? Japanese : most == chinese ? Chinese : most == latin && LatinTrigrams.IsEnglish(text) ? English : Other;
        return new LanguageGuess(language, Math.Round(most / total, 3));
    }

    private static bool IsHangul(char c) =>
        c is (>= '\uAC00' and <= '\uD7FB') or (>= '\u1100' and <= '\u11FF') or (>= '\u3131' and <= '\u318E' and not '\u318D') or (>= '\uA960' and <= '\uA97C');
}
