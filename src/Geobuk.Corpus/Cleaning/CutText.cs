namespace Geobuk.Corpus.Cleaning;

/// <summary>A passage that was cut out of a document; a line of cuts.jsonl.</summary>
/// <param name="Id">The document.</param>
/// <param name="Source">Its source.</param>
/// <param name="Kind">deletion_stub, supplement, repeated_line or repeated_passage.</param>
/// <param name="Characters">UTF-16 units cut.</param>
/// <param name="Text">Its beginning.</param>
/// <param name="First">Document where it stood first; null where it was not cut as a repetition.</param>
public sealed record CutText(string Id, string Source, string Kind, int Characters, string Text, string? First = null)
{
    internal const string DeletionStub = "deletion_stub", Supplement = "supplement", RepeatedLine = "repeated_line", RepeatedPassage = "repeated_passage";

    private const int TextShown = 120;

    internal static string Shown(string text, TextSpan span) => span.Length <= TextShown ? text.Substring(span.Start, span.Length) : string.Concat(text.AsSpan(span.Start, TextShown), "…");
}
