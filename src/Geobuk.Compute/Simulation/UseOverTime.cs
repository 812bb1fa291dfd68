namespace Geobuk.Compute.Simulation;

/// <summary>How many devices were there, were held and were waited for, in equal spans of time, of which there are never more than so many: they double.</summary>
internal sealed class UseOverTime
{
    private const int MostSpans = 256;

    private readonly List<double[]> _sums = [];
    private double _width = 60;

    /// <summary>Between two times these numbers did not change.</summary>
    public void Add(double from, double to, double there, double held, double waiting)
    {
        while (to > MostSpans * _width)
        {
            for (var i = 0; i < _sums.Count; i += 2) _sums[i / 2] = i + 1 < _sums.Count ? [.. _sums[i].Zip(_sums[i + 1], (a, b) => a + b)] : _sums[i];
            _sums.RemoveRange((_sums.Count + 1) / 2, _sums.Count / 2);
            _width *= 2;
        }
        while (from < to)
        {
            var span = Math.Min((int)(from / _width), MostSpans - 1);
            while (_sums.Count <= span) _sums.Add(new double[3]);
            var end = span == MostSpans - 1 ? to : Math.Min(to, (span + 1) * _width);
            var seconds = end - from;
            _sums[span][0] += there * seconds;
            _sums[span][1] += held * seconds;
            _sums[span][2] += waiting * seconds;
            if (end <= from) break;
            from = end;
        }
    }

    /// <summary>The spans, the first from zero on.</summary>
    public IReadOnlyList<UsedSpan> Spans => [.. _sums.Select((sum, i) => new UsedSpan(i * _width, _width, sum[0] / _width, sum[1] / _width, sum[2] / _width))];
}
