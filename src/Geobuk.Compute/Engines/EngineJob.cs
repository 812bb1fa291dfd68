namespace Geobuk.Compute.Engines;

/// <summary>One attempt of a job, as an engine sees it.</summary>
/// <param name="Id">The job.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="Folder">Where it runs.</param>
/// <param name="Workers">Workers of the gang.</param>
/// <param name="Devices">Devices of each worker.</param>
/// <param name="Nodes">Names of the nodes with devices.</param>
/// <param name="DeviceNumbers">Numbers of the devices on each node.</param>
public sealed record EngineJob(long Id, int Attempt, IReadOnlyList<string> Command, string? Folder, int Workers, int Devices, IReadOnlyList<KeyValuePair<string, int>> Nodes,
    IReadOnlyList<IReadOnlyList<int>> DeviceNumbers)
{
    /// <summary>Whose it is.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Bytes of its log beyond which nothing more is written down; null without bound.</summary>
    public long? MostLog { get; init; }
}
