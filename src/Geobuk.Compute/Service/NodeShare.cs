namespace Geobuk.Compute.Service;

/// <summary>Devices held on a node; the job of another tenant is not named.</summary>
public sealed record NodeShare(long? Job, string Tenant, int Devices, bool Borrowed)
{
    /// <summary>Since when they are held, in seconds up to <see cref="PoolView.At"/>.</summary>
    public double HeldSeconds { get; init; }
}
