using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Selection;

/// <summary>A document that is in no set, and why.</summary>
/// <param name="Id">Name within its source.</param>
/// <param name="Source">Folder or file that the user named.</param>
/// <param name="Reason">One of <see cref="DropReason"/> or <see cref="RefusalReason"/>.</param>
/// <param name="Detail">What decided it: the length found, the document it repeats.</param>
public sealed record DroppedDocument(string Id, string Source, string Reason, string Detail)
{
    /// <summary>True where it could not or must not be used, false where it is merely not needed.</summary>
    public bool Quarantined { get; init; }
}
