using Geobuk.Training.DataParallel;
using Geobuk.Training.Modules;

namespace Geobuk.Training;

/// <summary>
/// How evenly a mixture's tokens spread over its experts. The effective number of experts is the exponential of the entropy of
/// their shares: E when all are used alike, k when every token takes the same k.
/// </summary>
/// <param name="Layer">Checkpoint name of the mixture.</param>
/// <param name="Effective">Effective number of experts.</param>
/// <param name="Unused">Experts that no token took.</param>
/// <param name="LargestShare">Share of the choices that fell on the most used expert.</param>
/// <param name="Collapsed">Little more than one fixed choice is in use.</param>
public sealed record ExpertLoad(string Layer, double Effective, int Unused, double LargestShare, bool Collapsed)
{
    /// <summary>Where collapse begins between one fixed choice (0) and even use (1).</summary>
    private const double CollapseLimit = 0.1;

    /// <summary>The loads of every mixture since the last call, over all workers.</summary>
    public static IReadOnlyList<ExpertLoad> Take(CausalLanguageModel model, ICollective workers) =>
        [.. model.Mixtures().Select(entry => Of(entry.Name, Sum(entry.Mixture.TakeLoad(), workers), model.Config.Mixture!.ExpertsPerToken))];

    /// <summary>The load of one mixture from the number of times every expert was chosen.</summary>
    /// <param name="layer">Its name.</param>
    /// <param name="counts">Choices per expert.</param>
    /// <param name="perToken">Experts that a token takes.</param>
    public static ExpertLoad Of(string layer, long[] counts, int perToken)
    {
        var total = (double)counts.Sum();
        if (total == 0) return new ExpertLoad(layer, 0, counts.Length, 0, false);
        var effective = Math.Exp(-counts.Where(count => count > 0).Sum(count => count / total * Math.Log(count / total)));
        var limit = perToken + CollapseLimit * (counts.Length - perToken);
        return new ExpertLoad(layer, effective, counts.Count(count => count == 0), counts.Max() / total, perToken < counts.Length && effective < limit);
    }

    private static long[] Sum(long[] own, ICollective workers)
    {
        var all = workers.Gather([.. own.Select(count => (double)count)]);
        return [.. own.Select((_, expert) => (long)all.Sum(counts => counts[expert]))];
    }
}
