namespace Geobuk.Compute.Accounting;

/// <summary>One line of a usage table.</summary>
/// <param name="Key">Tenant, pool, job or day.</param>
/// <param name="Numbers">By <see cref="UsageTable.Columns"/>.</param>
public sealed record UsageRow(string Key, IReadOnlyList<double> Numbers);
