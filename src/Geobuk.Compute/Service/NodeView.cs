namespace Geobuk.Compute.Service;

/// <summary>A node for people.</summary>
public sealed record NodeView(string Name, string Kind, int Devices, string Island, bool Healthy, IReadOnlyList<NodeShare> Shares);
