namespace Geobuk.Samples.Generator;

/// <summary>One 편 of the rulebook: its subjects and the slots that every subject fills with a value.</summary>
internal sealed record Part
{
    public required string Title { get; init; }

    /// <summary>A clause that ends in 말한다, for the article of definitions.</summary>
    public required string Definition { get; init; }

    /// <summary>Titles of the two 절; the first half of the subjects stands in the first.</summary>
    public required string[] Sections { get; init; }

    /// <summary>Ten short names, unique in the whole rulebook.</summary>
    public required string[] Subjects { get; init; }

    /// <summary>Titles of the two articles of a subject: slots 0 and 2 stand in the first, slot 1 in the second.</summary>
    public required string[] ArticleTitles { get; init; }

    /// <summary>Paragraphs without facts, spread over the articles.</summary>
    public required Clause[] Clauses { get; init; }

    /// <summary>Closing sentences of guides and notices.</summary>
    public required string[] Notes { get; init; }

    public required Slot[] Slots { get; init; }
}
