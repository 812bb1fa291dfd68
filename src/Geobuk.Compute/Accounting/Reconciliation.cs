using Geobuk.Compute.Engines;
using Geobuk.Models;

namespace Geobuk.Compute.Accounting;

/// <summary>
/// Compares the ledger with the accounting of an engine. The ledger counts from the decision to start until the end was noticed, the
/// engine from its own start to its own end, in whole seconds: a few seconds for each device are not a disagreement.
/// </summary>
public static class Reconciliation
{
    // The engine is asked for a little more than the ledger's time, since its clock may be another.
    private const double Margin = 3600;

    /// <summary>Each attempt of a pool that either has, those of the ledger first, by job.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="engine">Its engine; null where there is no such pool.</param>
    /// <param name="ledger">The ledger, or what may be seen of it.</param>
    /// <param name="within">Seconds for each device by which the two may differ.</param>
    /// <param name="isWhole">Whether the ledger is all of it, so that what it lacks is a disagreement.</param>
    /// <exception cref="UserInputException">No such pool, or its engine keeps no accounting or does not answer.</exception>
    public static IReadOnlyList<ReconciledAttempt> Of(string pool, IComputeEngine? engine, IEnumerable<LedgerEntry> ledger, double within, bool isWhole)
    {
        if (engine is null) throw new UserInputException($"pool: {pool} is not known here; expected a pool's name. geobuk compute pools lists them.");
        if (!(within >= 0)) throw new UserInputException($"within: {within}; expected seconds, 0 or more.");
        var own = ledger.Where(entry => entry.Pool == pool).ToList();
        try
        {
            var accounted = engine.Accounted(own.Count == 0 ? 0 : Math.Max(0, own.Min(entry => entry.At - entry.Allocated) - Margin))
                ?? throw new UserInputException($"pool: the engine of {pool} keeps no accounting of its own; expected a pool of Slurm. The ledger is all there is: geobuk compute usage --verify checks it.");
            return Of(own, accounted, within, isWhole);
        }
        catch (IOException fault)
        {
            throw new UserInputException($"pool: the accounting of {pool} does not answer: {fault.Message} Slurm needs AccountingStorageType=accounting_storage/slurmdbd for it.", fault);
        }
    }

    /// <summary>Each attempt that either has, those of the ledger first, by job.</summary>
    /// <param name="ledger">Entries of the pools of that engine.</param>
    /// <param name="accounted">What the engine has.</param>
    /// <param name="within">Seconds for each device by which the two may differ.</param>
    /// <param name="isWhole">Whether the ledger is all of it, so that what it lacks is a disagreement.</param>
    public static IReadOnlyList<ReconciledAttempt> Of(IEnumerable<LedgerEntry> ledger, IEnumerable<AccountedAttempt> accounted, double within, bool isWhole)
    {
        var rest = accounted.GroupBy(one => (one.Job, one.Attempt)).ToDictionary(group => group.Key, group => group.ToList());
        var rows = new List<ReconciledAttempt>();
        foreach (var entry in ledger.OrderBy(entry => (entry.Job, entry.Attempt)))
        {
            rest.Remove((entry.Job, entry.Attempt), out var theirs);
            double? engine = theirs?.Sum(one => one.Devices * one.Seconds);
            // Without devices there is nothing to divide by: what the engine never gave is not allowed a second more for being much.
            var difference = (entry.Allocated - (engine ?? 0)) / Math.Max(1, theirs?.Max(one => one.Devices) ?? 1);
            rows.Add(new ReconciledAttempt(entry.Job, entry.Attempt, entry.Allocated, engine,
                Math.Abs(difference) <= within ? null
                : theirs is null ? "not in the engine's accounting"
                : difference > 0 ? $"held {difference:0.#} s longer than the engine counts"
                : $"the engine counts {-difference:0.#} s longer than it was held"));
        }
        if (isWhole)
            rows.AddRange(rest.Values.Select(theirs => (First: theirs[0], IsOver: theirs.All(one => one.IsOver), Sum: theirs.Sum(one => one.Devices * one.Seconds))).Where(one => one.IsOver)
                .OrderBy(one => (one.First.Job, one.First.Attempt)).Select(one => new ReconciledAttempt(one.First.Job, one.First.Attempt, null, one.Sum, "not in the ledger")));
        return rows;
    }
}
