namespace Geobuk.Compression.Tuning;

/// <summary>
/// Adam (Kingma and Ba 2014, arXiv:1412.6980) on numbers as multiples of what they were: x = start (1 + change). One rate fits factors of any
/// size, and what is zero stays zero.
/// </summary>
internal sealed class RelativeAdam(float[] start)
{
    private const double Beta1 = 0.9, Beta2 = 0.99, Epsilon = 1e-12;

    private readonly float[] _change = new float[start.Length], _first = new float[start.Length], _second = new float[start.Length];

    /// <summary>The number at a place.</summary>
    public float this[long index] => start[index] * (1 + _change[index]);

    /// <summary>Numbers.</summary>
    public int Count => start.Length;

    /// <summary>Takes a step.</summary>
    /// <param name="gradients">Slopes of the loss by the numbers themselves.</param>
    /// <param name="rate">Largest usual change of a step, as a share of the start.</param>
    /// <param name="step">Counted from 1.</param>
    public void Step(ReadOnlySpan<float> gradients, double rate, int step)
    {
        var (correction1, correction2) = (1 - Math.Pow(Beta1, step), 1 - Math.Pow(Beta2, step));
        for (var i = 0; i < gradients.Length; i++)
        {
            var slope = (double)gradients[i] * start[i];
            _first[i] = (float)(Beta1 * _first[i] + (1 - Beta1) * slope);
            _second[i] = (float)(Beta2 * _second[i] + (1 - Beta2) * slope * slope);
            _change[i] -= (float)(rate * (_first[i] / correction1) / (Math.Sqrt(_second[i] / correction2) + Epsilon));
        }
    }
}
