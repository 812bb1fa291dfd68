namespace Geobuk.Compute.Service;

/// <summary>A node for people.</summary>
public sealed record NodeView(string Name, string Kind, int Devices, string Island, bool Healthy, IReadOnlyList<NodeShare> Shares)
{
    /// <summary>Devices held beyond those it has, since it was configured smaller while jobs ran, until they end.</summary>
    public int Over { get; init; }
}
