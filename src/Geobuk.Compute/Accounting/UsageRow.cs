namespace Geobuk.Compute.Accounting;

/// <summary>One line of a usage table.</summary>
/// <param name="Keys">Tenant, pool, job, day or month: one for each cut.</param>
/// <param name="Numbers">By <see cref="UsageTable.Columns"/>.</param>
public sealed record UsageRow(IReadOnlyList<string> Keys, IReadOnlyList<double> Numbers)
{
    /// <summary>All of them in one line.</summary>
    public string Key => string.Join(" · ", Keys);
}
