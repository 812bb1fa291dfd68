namespace Geobuk.Compute.Tenants;

/// <summary>
/// What a tenant is guaranteed of one kind of device in one pool, in whole cells: a cell is a node. Counting cells and not
/// devices keeps a guarantee of eight from turning into one device on each of eight nodes.
/// </summary>
public sealed record QuotaConfig
{
    /// <summary>The pool.</summary>
    public required string Pool { get; init; }

    /// <summary>The kind of device.</summary>
    public required string Kind { get; init; }

    /// <summary>Nodes guaranteed.</summary>
    public required int Cells { get; init; }

    /// <summary>Nodes' worth of devices that may be borrowed beyond that; null as many as others lend.</summary>
    public int? Borrow { get; init; }

    /// <summary>Nodes that others may borrow while they lie idle; null all of them.</summary>
    public int? Lend { get; init; }
}
