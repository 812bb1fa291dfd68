using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources;

/// <summary>What a reader of whole files has found; makes the document of it.</summary>
internal sealed class DocumentParts(SourceFile file, string format, long bytes)
{
    /// <summary>Root of all paths: the file's name, until a title replaces it.</summary>
    public string Root => Path.GetFileNameWithoutExtension(file.Id);

    /// <summary>In reading order.</summary>
    public List<Block> Blocks { get; set; } = [];

    /// <summary>What was noticed.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>Title as stated.</summary>
    public string? Title { get; set; }

    /// <summary>Licence as stated.</summary>
    public string? License { get; set; }

    /// <summary>Address as stated.</summary>
    public string? Origin { get; set; }

    /// <summary>Dates as stated.</summary>
    public DocumentDates? Dates { get; set; }

    /// <summary>Adds a block.</summary>
    public void Add(Block block)
    {
        if (Blocks.Count >= ReadLimits.Blocks)
            throw new RefusedDocumentException(RefusalReason.TooLarge, $"{file.Path}: more than {ReadLimits.Blocks} blocks; expected fewer. Split the document.");
        Blocks.Add(block);
    }

    /// <summary>The document; regulations get the paths that citations use.</summary>
    public SourceDocument ToDocument()
    {
        var blocks = StatuteOutline.Apply(Blocks, Root);
        NormalizationCounts counts = default;
        var text = DocumentText.Lay(blocks, dense: true, ref counts);
        return new SourceDocument
        {
            Id = file.Id,
            Source = file.Source,
            Format = format,
            Title = Title,
            License = License,
            Origin = Origin,
            Dates = Dates,
            Blocks = blocks,
            Text = text,
            Findings = Findings,
            Counts = counts,
            Location = new DocumentLocation(0, bytes, 0),
        };
    }
}
