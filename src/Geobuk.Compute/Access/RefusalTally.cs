using System.Numerics;

namespace Geobuk.Compute.Access;

/// <summary>
/// Which refusals are written down: of each caller the first <see cref="Each"/> of an hour, from then on only the 64th, the 128th, the
/// 256th and so on. Nobody can fill the disk by being refused, and whoever tries stands there with the number of his tries.
/// </summary>
public sealed class RefusalTally
{
    /// <summary>So many of a caller in an hour are written down one by one.</summary>
    public const int Each = 60;

    private const double Window = 3600;

    private readonly Dictionary<string, (double Since, long Count)> _callers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Counts a refusal.</summary>
    /// <param name="caller">Hash of a known key, or one name for all who have none.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <returns>The how-manieth of the hour it is, where it is to be written down; else null.</returns>
    public long? Count(string caller, double now)
    {
        lock (_lock)
        {
            var (since, count) = _callers.GetValueOrDefault(caller, (now, 0));
            if (now - since >= Window) (since, count) = (now, 0);
            _callers[caller] = (since, ++count);
            return count <= Each || BitOperations.IsPow2(count) ? count : null;
        }
    }
}
