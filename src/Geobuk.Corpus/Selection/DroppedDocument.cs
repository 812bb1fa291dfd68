using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Selection;

/// <summary>A document that is in no set, and why.</summary>
/// <param name="Id">Name within its source.</param>
/// <param name="Source">Folder or file that the user named.</param>
/// <param name="Reason">A <see cref="DropReason"/>, a <see cref="RefusalReason"/>, or what screening and the licence gate give.</param>
/// <param name="Detail">What decided it: the length found, the document it repeats.</param>
public sealed record DroppedDocument(string Id, string Source, string Reason, string Detail)
{
    /// <summary>True where it could not or must not be used, false where it is merely not needed.</summary>
    public bool Quarantined { get; init; }
    /// <summary>Names a quarantined document for a reviewer's decision; null where it could not even be read.</summary>
    public string? Item { get; init; }
    /// <summary>What a reviewer decided: keep, by whom and why; null where nobody did.</summary>
    public string? Decision { get; init; }
}
