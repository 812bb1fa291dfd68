namespace Geobuk.Corpus.Connectors;

/// <summary>What a fetch came to.</summary>
/// <param name="Listed">Items that the service lists.</param>
/// <param name="Fetched">Items written now: new ones, and those whose version is another than the one at hand.</param>
/// <param name="Unchanged">Items at hand in the listed version.</param>
/// <param name="Gone">Items at hand that are not listed any more; their files stay.</param>
/// <param name="Problems">Items whose answer was not what was asked for, a line each.</param>
public sealed record FetchReport(int Listed, int Fetched, int Unchanged, IReadOnlyList<string> Gone, IReadOnlyList<string> Problems);
