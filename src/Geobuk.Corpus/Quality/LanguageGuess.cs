namespace Geobuk.Corpus.Quality;

/// <summary>The language that most of a text is in.</summary>
/// <param name="Language">ko, en, zh-Hani, ja, other, or und for a text without letters.</param>
/// <param name="Share">Its share of the letters, 0 to 1; a syllable or an ideograph weighs as much as two and a half Latin letters.</param>
public readonly record struct LanguageGuess(string Language, double Share);
