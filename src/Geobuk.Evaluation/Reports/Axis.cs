namespace Geobuk.Evaluation.Reports;

/// <summary>A linear scale from values to SVG units with ticks at round numbers (1, 2, 2.5 or 5 times a power of ten).</summary>
internal sealed class Axis
{
    private readonly double _low, _high, _from, _to;

    private Axis(double low, double high, double from, double to, double step)
    {
        (_low, _high, _from, _to) = (low, high, from, to);
        var ticks = new List<double>();
        for (var i = (long)Math.Ceiling(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.Add(i * step);
        Ticks = ticks;
    }

    /// <summary>Values to label.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis that covers low to high, widened to whole ticks.</summary>
    public static Axis Covering(double low, double high, double from, double to, int ticks)
    {
        if (high <= low) high = low + Math.Max(1e-9, Math.Abs(low) * 0.1);
        var step = RoundStep((high - low) / Math.Max(1, ticks));
        return new Axis(Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, from, to, step);
    }

    /// <summary>An axis with exactly these ends; ticks lie inside.</summary>
    public static Axis Between(double low, double high, double from, double to, int ticks)
    {
        if (high <= low) high = low + 1;
        return new Axis(low, high, from, to, RoundStep((high - low) / Math.Max(1, ticks)));
    }

    /// <summary>Position of a value.</summary>
    public double At(double value) => _from + (value - _low) / (_high - _low) * (_to - _from);

    private static double RoundStep(double raw)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        return (raw / power) switch { <= 1 => power, <= 2 => 2 * power, <= 2.5 => 2.5 * power, <= 5 => 5 * power, _ => 10 * power };
    }
}
