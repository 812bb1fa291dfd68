namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>One level of a numbering.</summary>
/// <param name="Form">Text with ^1 to ^9 for the numbers of the levels, ^n for all of them with dots: "제^1조", "^1.^2".</param>
/// <param name="Format">How this level's number is written.</param>
/// <param name="Start">First number.</param>
internal readonly record struct NumberingLevel(string Form, NumberFormat Format, int Start);
