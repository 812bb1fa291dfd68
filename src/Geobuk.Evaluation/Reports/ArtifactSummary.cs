namespace Geobuk.Evaluation.Reports;

/// <summary>One artifact of a run's lineage.</summary>
/// <param name="Id">Name of its folder.</param>
/// <param name="Step">The step that made it: base, corpus, train, compress, evaluate.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Hash">SHA-256 over its content, hexadecimal.</param>
/// <param name="Parents">Ids of the artifacts it was made from.</param>
public sealed record ArtifactSummary(string Id, string Step, double Seconds, string Hash, IReadOnlyList<string> Parents);
