using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Geobuk.Compute.Estimates;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    private const double BetweenTriesSeconds = 2;

    private double _tryAt;

    /// <summary>
    /// Why the database cannot be used, and what to do; null while it can. Until then nothing is started, taken or ended, and what is shown is
    /// what was known last. Jobs that run go on.
    /// </summary>
    public string? Trouble { get; private set; }

    /// <summary>Makes a change, all of it or nothing.</summary>
    /// <exception cref="ServiceUnavailableException">The database cannot be written.</exception>
    private T Change<T>(Func<T> change)
    {
        lock (_lock)
        {
            if (Trouble is null && (Trouble = Missing()) is null)
                try
                {
                    return change();
                }
                catch (DbException fault) when (_store.IsOwn)
                {
                    Trouble = InTrouble(fault.Message);
                }
            throw new ServiceUnavailableException(Trouble);
        }
    }

    /// <summary>Whether the database can be used; after a fault all is read from it again, for what was in memory may not have reached it.</summary>
    private bool IsUsable()
    {
        if (Trouble is null && (Trouble = Missing()) is null) return true;
        if (Now < _tryAt || Missing() is not null) return false;
        _tryAt = Now + BetweenTriesSeconds;
        try
        {
            _store.Probe();
            Recover();
        }
        catch (DbException fault)
        {
            Trouble = InTrouble(fault.Message);
            return false;
        }
        Trouble = null;
        return true;
    }

    private string? Missing() => _store.Missing is { } file ? InTrouble($"{file} is not there any more") : null;

    private static string InTrouble(string problem) =>
        $"the database cannot be used: {problem.TrimEnd('.')}. Nothing is started or taken until it can; what runs goes on, and nothing that was taken is lost. Make room on its disk, or put it back where it was.";

    /// <summary>An empty memory.</summary>
    [MemberNotNull(nameof(_scheduler), nameof(_state), nameof(_starts), nameof(_lengths))]
    private void Forget()
    {
        var policy = Policies.Of(_config.Policy) with { CheckpointDeadlineSeconds = _config.CheckpointDeadlineSeconds, MinRunSeconds = _config.MinRunSeconds };
        _scheduler = new JobScheduler(policy, new RunHistory());
        _state = new ClusterState(_config.Pools, _config.Tenants, _config.Reservations);
        (_starts, _lengths) = (new StartForecast(), new LengthForecast());
        _live.Clear();
        _over.Clear();
        _fresh.Clear();
    }

    /// <summary>Whether an attempt that could not be started is kept from beginning; where that cannot be known, as without room for its folder, it is asked again.</summary>
    private static bool NeverBegan(LiveJob live)
    {
        try
        {
            var never = live.Engine!.Fence(live.Engineered());
            live.Unbegun = null;
            return never;
        }
        catch (Exception fault) when (IsTrouble(fault))
        {
            live.Record = live.Record with { Reason = live.Unbegun };
            return false;
        }
    }

    /// <summary>An engine that cannot be reached now is asked again when the deadline has passed.</summary>
    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception fault) when (IsTrouble(fault))
        {
        }
    }

    /// <summary>What one job, or its engine, can do to the service: it is that job's trouble and nobody else's.</summary>
    private static bool IsTrouble(Exception fault) => fault is IOException or System.ComponentModel.Win32Exception or UnauthorizedAccessException or InvalidOperationException or ArgumentException or NotSupportedException or UserInputException;
}
