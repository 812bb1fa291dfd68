namespace Geobuk.Compute.Scheduling;

/// <summary>Devices free over time: steps, of which each holds until the next. What conservative backfilling plans in.</summary>
internal sealed class AvailabilityProfile
{
    private readonly List<double> _times = [];
    private readonly List<int> _free = [];

    /// <param name="now">The start.</param>
    /// <param name="free">Devices free now.</param>
    /// <param name="ends">When how many more come free, in order of time.</param>
    public AvailabilityProfile(double now, int free, IEnumerable<(double Time, int Devices)> ends)
    {
        _times.Add(now);
        _free.Add(free);
        foreach (var (time, devices) in ends)
        {
            if (time > _times[^1])
            {
                _times.Add(time);
                _free.Add(_free[^1]);
            }
            _free[^1] += devices;
        }
    }

    /// <summary>The earliest time from which so many devices are free for so long.</summary>
    public double Earliest(int devices, double seconds)
    {
        for (var i = 0; i < _times.Count; i++)
        {
            if (_free[i] < devices) continue;
            var (end, j) = (_times[i] + seconds, i + 1);
            while (j < _times.Count && _times[j] < end && _free[j] >= devices) j++;
            if (j == _times.Count || _times[j] >= end) return _times[i];
            i = j;
        }
        return double.PositiveInfinity;
    }

    /// <summary>Takes devices for a span.</summary>
    public void Take(int devices, double from, double seconds)
    {
        var (first, end) = (Split(from), from + seconds);
        var last = double.IsPositiveInfinity(end) ? _times.Count : Split(end);
        for (var i = first; i < last; i++) _free[i] -= devices;
    }

    private int Split(double time)
    {
        var index = _times.BinarySearch(time);
        if (index >= 0) return index;
        index = ~index;
        _times.Insert(index, time);
        _free.Insert(index, _free[index - 1]);
        return index;
    }
}
