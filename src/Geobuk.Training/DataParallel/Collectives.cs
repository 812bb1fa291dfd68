namespace Geobuk.Training.DataParallel;

/// <summary>What follows from a collective's calls.</summary>
internal static class Collectives
{
    /// <summary>Whether it is so for any worker; the same answer everywhere.</summary>
    public static bool Any(this ICollective workers, bool own) =>
        workers.Workers == 1 ? own : Array.Exists(workers.Gather([own ? 1 : 0]), values => values[0] != 0);

    /// <summary>Values of things that are dealt out in turn (thing i to worker i modulo workers), in the things' order.</summary>
    public static double[] InTurn(this ICollective workers, ReadOnlySpan<double> own)
    {
        var all = workers.Gather(own);
        var values = new double[all.Sum(part => part.Length)];
        for (var i = 0; i < values.Length; i++) values[i] = all[i % all.Length][i / all.Length];
        return values;
    }

    /// <summary>Whether thing <paramref name="index"/> is this worker's when things are dealt out in turn.</summary>
    public static bool Has(this ICollective workers, int index) => index % workers.Workers == workers.Rank;
}
