namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Bullets: characters of the symbol fonts' private area to the Unicode characters that look like them.</summary>
internal static class BulletText
{
    /// <summary>What to write for a bullet character.</summary>
    public static string Of(char bullet) => bullet switch
    {
        < ' ' or '\uFFFF' => "",
        '\uF06C' or '\uF09F' => "●",
        '\uF0B7' => "•",
        '\uF06E' => "■",
        '\uF0A7' => "▪",
        '\uF075' => "◆",
        '\uF076' => "❖",
        '\uF0D8' => "➢",
        '\uF0E8' or '\uF0E0' => "➔",
        '\uF0FC' => "✓",
        '\uF0FE' => "☑",
        '\uF0A8' or '\uF06F' or '\uF071' => "□",
        '\uF0A1' or '\uF06D' => "○",
        '\uF0AB' => "★",
        '\uF046' => "☞",
        >= '\uE000' and <= '\uF8FF' => "•",
        _ => bullet.ToString(),
    };
}
