namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Automatic number formats; the values are those of HWP 5.</summary>
internal enum NumberFormat
{
    /// <summary>1, 2, 3.</summary>
    Digit,
    /// <summary>①.</summary>
    CircledDigit,
    /// <summary>I, II.</summary>
    RomanCapital,
    /// <summary>i, ii.</summary>
    RomanSmall,
    /// <summary>A, B.</summary>
    LatinCapital,
    /// <summary>a, b.</summary>
    LatinSmall,
    /// <summary>Ⓐ.</summary>
    CircledLatinCapital,
    /// <summary>ⓐ.</summary>
    CircledLatinSmall,
    /// <summary>가, 나, 다.</summary>
    HangulSyllable,
    /// <summary>㉮.</summary>
    CircledHangulSyllable,
    /// <summary>ㄱ, ㄴ.</summary>
    HangulJamo,
    /// <summary>㉠.</summary>
    CircledHangulJamo,
    /// <summary>일, 이, 삼.</summary>
    HangulPhonetic,
    /// <summary>一, 二.</summary>
    Ideograph,
    /// <summary>㊀.</summary>
    CircledIdeograph,
    /// <summary>갑, 을, 병.</summary>
    DecagonHangul,
    /// <summary>甲, 乙, 丙.</summary>
    DecagonHanja,
}
