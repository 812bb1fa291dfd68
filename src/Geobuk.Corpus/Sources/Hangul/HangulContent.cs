namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>What a Hancom document holds, whatever its encoding.</summary>
internal sealed class HangulContent
{
    /// <summary>Definitions by the id that paragraphs use.</summary>
    public Dictionary<int, NumberingLevel[]> Numberings { get; } = [];

    /// <summary>Bullet characters by id.</summary>
    public Dictionary<int, string> Bullets { get; } = [];

    /// <summary>Sections in order.</summary>
    public List<HangulSection> Sections { get; } = [];

    /// <summary>Title of the document's properties.</summary>
    public string? Title { get; set; }

    /// <summary>What the file's header says of its licence.</summary>
    public LicenseMark? LicenseMark { get; set; }

    /// <summary>Restrictions and other things worth knowing.</summary>
    public List<Finding> Findings { get; } = [];
}
