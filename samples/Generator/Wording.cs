using System.Text;

namespace Geobuk.Samples.Generator;

/// <summary>Fills wordings and chooses Korean particles by the syllable before them.</summary>
internal static class Wording
{
    private const int FirstSyllable = '가', LastSyllable = '힣', FinalsPerSyllable = 28, FinalRieul = 8;

    public static string Fill(string wording, string subject, string value = "", string label = "") =>
        ChooseParticles(wording.Replace("{n}", subject, StringComparison.Ordinal).Replace("{v}", value, StringComparison.Ordinal)
            .Replace("{l}", label, StringComparison.Ordinal));

    /// <summary>Replaces every [a/b] by a after a final consonant and by b after a vowel; 으로 becomes 로 after ㄹ too.</summary>
    public static string ChooseParticles(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '[') { result.Append(text[i]); continue; }
            var slash = text.IndexOf('/', i);
            var close = text.IndexOf(']', i);
            if (slash < 0 || close < slash) throw new FormatException($"'{text}': a particle is written [은/는]");
            var (afterConsonant, afterVowel) = (text[(i + 1)..slash], text[(slash + 1)..close]);
            result.Append(TakesConsonantForm(result, afterConsonant) ? afterConsonant : afterVowel);
            i = close;
        }
        return result.ToString();
    }

    private static bool TakesConsonantForm(StringBuilder before, string particle)
    {
        var last = before[^1];
        if (last is < (char)FirstSyllable or > (char)LastSyllable)
            throw new FormatException($"'{before}': a particle needs a Korean syllable before it");
        var final = (last - FirstSyllable) % FinalsPerSyllable;
        return final != 0 && !(final == FinalRieul && particle == "으로");
    }
}
