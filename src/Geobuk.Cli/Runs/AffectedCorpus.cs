namespace Geobuk.Cli.Runs;

/// <summary>A corpus that has a document.</summary>
/// <param name="Id">The corpus artifact.</param>
/// <param name="Places">Where the document is.</param>
/// <param name="Similar">Documents nearly equal to it: what was left out for its sake comes back when it goes.</param>
/// <param name="Descendants">What was made from the corpus, directly or not.</param>
internal sealed record AffectedCorpus(string Id, IReadOnlyList<DocumentPlace> Places, IReadOnlyList<string> Similar, IReadOnlyList<MadeFrom> Descendants);
