namespace Geobuk.Cli.Runs;

/// <summary>A document in a shard.</summary>
/// <param name="Id">The document.</param>
/// <param name="Shard">The shard's file.</param>
/// <param name="Place">Its number in it, from 0.</param>
internal sealed record DocumentPlace(string Id, string Shard, int Place);
