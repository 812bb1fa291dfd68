namespace Geobuk.Inference.Drafting;

/// <summary>How long steps take by their number of rows, learned while running: memory-bound at first, then growing with the rows.</summary>
internal sealed class StepTimes
{
    private const double Smoothing = 0.15;
    private const double Forgetting = 0.999;

    /// <summary>Rows up to which every count has a time of its own.</summary>
    private const int Single = 32;
    private readonly double[] _seconds = new double[Single + 1];
    private readonly bool[] _warm = new bool[Single + 2];
    private double _rowSeconds;

    /// <summary>Seconds of one row in long steps; 0 before the first.</summary>
    public double RowSeconds => Volatile.Read(ref _rowSeconds);

    /// <summary>Records a step.</summary>
    public void Add(int rows, double seconds)
    {
        // The first step of a size is compiled while it runs and says nothing of the others.
        if (!_warm[Math.Min(rows, Single + 1)])
        {
            _warm[Math.Min(rows, Single + 1)] = true;
            return;
        }
        // What was slow once and is not tried for it slowly comes to be tried again.
        for (var i = 1; i <= Single; i++) _seconds[i] *= Forgetting;
        if (rows <= Single) Volatile.Write(ref _seconds[rows], Smoothed(_seconds[rows], seconds));
        else Volatile.Write(ref _rowSeconds, Smoothed(_rowSeconds, seconds / rows));
    }

    /// <summary>Seconds of a step of so many rows: measured, or drawn between and beyond what was; 0 where nothing is known.</summary>
    public double Of(int rows)
    {
        if (rows > Single) return RowSeconds > 0 ? rows * RowSeconds : rows * Of(Single) / Single;
        if (_seconds[rows] > 0) return _seconds[rows];
        var (low, high) = (rows - 1, rows + 1);
        while (low > 0 && _seconds[low] == 0) low--;
        while (high <= Single && _seconds[high] == 0) high++;
        if (low > 0 && high <= Single) return _seconds[low] + (_seconds[high] - _seconds[low]) * (rows - low) / (high - low);
        if (low > 0) return _seconds[low];
        return high <= Single ? _seconds[high] : rows * RowSeconds;
    }

    private static double Smoothed(double old, double value) => old == 0 ? value : old + (value < old ? 0.5 : Smoothing) * (value - old);
}
