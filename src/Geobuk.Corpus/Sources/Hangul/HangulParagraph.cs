using System.Text;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>A paragraph of a Hancom document, the same from HWP, HWPX and HWPML.</summary>
internal sealed class HangulParagraph
{
    /// <summary>Numbering, bullet or outline of the paragraph.</summary>
    public HeadingMark Mark { get; set; }

    /// <summary>Its text, with what stands inline (equations, numbers) in place.</summary>
    public StringBuilder Text { get; } = new();

    /// <summary>What is anchored in it, in order.</summary>
    public List<HangulObject> Objects { get; } = [];
}
