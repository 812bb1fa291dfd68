using Geobuk.Compute.Accounting;
using Geobuk.Compute.Service;

namespace Geobuk.Cli.Pools;

/// <summary>What was made of a lent pool from the first start on it to the last entry of the ledger, or to now where jobs run on it, in device-seconds.</summary>
/// <param name="Provider">Who lends it.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Expires">When the loan ends, in seconds since 1970; null where it does not.</param>
/// <param name="Devices">Its devices.</param>
/// <param name="There">Devices times the span.</param>
/// <param name="Held">Held by jobs.</param>
/// <param name="Busy">Of that, worked and kept.</param>
/// <param name="Idle">Of that, without activity.</param>
/// <param name="Running">Of that, held up to now by starts that have not ended: the ledger will say what became of it.</param>
internal sealed record LoanReport(string Provider, string Pool, double? Expires, int Devices, double There, double Held, double Busy, double Idle, double Running)
{
    /// <summary>One report for each pool.</summary>
    /// <param name="pools">Pools, and what runs on them.</param>
    /// <param name="ledger">What ran.</param>
    /// <param name="devicesOf">Devices of a job; null where it is not known any more: it held them no longer than all of the pool at once would have been.</param>
    public static IReadOnlyList<LoanReport> Of(IEnumerable<PoolView> pools, IReadOnlyList<LedgerEntry> ledger, Func<long, int?> devicesOf) =>
    [
        .. pools.Select(pool =>
        {
            var (devices, entries, shares) = (pool.Nodes.Sum(node => node.Devices), ledger.Where(entry => entry.Pool == pool.Name).ToList(), pool.Nodes.SelectMany(node => node.Shares).ToList());
            var starts = entries.Select(entry => entry.At - (entry.Allocated / (devicesOf(entry.Job) ?? devices))).Concat(shares.Select(share => pool.At - share.HeldSeconds)).ToList();
            var span = starts.Count == 0 ? 0 : entries.Select(entry => entry.At).Concat(shares.Select(_ => pool.At)).Max() - starts.Min();
            var running = shares.Sum(share => share.Devices * share.HeldSeconds);
            return new LoanReport(pool.Provider, pool.Name, pool.Expires, devices, devices * span, entries.Sum(entry => entry.Allocated) + running, entries.Sum(entry => entry.Busy), entries.Sum(entry => entry.Idle), running);
        }),
    ];
}
