using System.Text;

namespace Geobuk.Corpus.Sources.Office;

/// <summary>A paragraph as the file has it.</summary>
internal sealed class DocxParagraph
{
    public StringBuilder Text { get; } = new();
    public string? Style { get; set; }
    public int? Outline { get; set; }
    public string? NumberingId { get; set; }
    public int Level { get; set; }
}
