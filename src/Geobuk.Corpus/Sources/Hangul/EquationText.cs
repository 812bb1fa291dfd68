namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Equations stand in the text as their script, which is made to be read: {a} over {b}.</summary>
internal static class EquationText
{
    /// <summary>The script on one line, or null where there is none.</summary>
    public static string? Of(string? script) =>
        string.IsNullOrWhiteSpace(script) ? null : string.Join(' ', script.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
