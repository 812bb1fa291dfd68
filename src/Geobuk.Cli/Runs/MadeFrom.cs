namespace Geobuk.Cli.Runs;

/// <summary>An artifact made from a corpus.</summary>
/// <param name="Id">The artifact.</param>
/// <param name="Step">train, compress, evaluate, …</param>
/// <param name="Weights">Its adapters and models.</param>
internal sealed record MadeFrom(string Id, string Step, IReadOnlyList<string> Weights);
