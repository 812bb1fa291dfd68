namespace Geobuk.Models;

/// <summary>Rotary position embedding of one model.</summary>
public sealed record RopeConfig
{
    /// <summary>Base of the geometric series of frequencies.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>The scaling rule; the fields below belong to it.</summary>
    public RopeScaling Scaling { get; init; }

    /// <summary>Context extension factor.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Context length before extension.</summary>
    public int OriginalMaxPositions { get; init; }

    /// <summary>Llama 3: wavelengths above original / this are scaled fully.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Llama 3: wavelengths below original / this are kept.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>YaRN: rotations above which a dimension is kept.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>YaRN: rotations below which a dimension is interpolated.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>YaRN: explicit multiplier of cosine and sine; null derives it from the factor.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>YaRN (DeepSeek form): numerator of the derived multiplier.</summary>
    public double? MScale { get; init; }

    /// <summary>YaRN (DeepSeek form): denominator of the derived multiplier.</summary>
    public double? MScaleAllDimensions { get; init; }

    /// <summary>Multiplier of cosine and sine (1 except for YaRN).</summary>
    public double AttentionScale()
    {
        if (Scaling != RopeScaling.Yarn) return 1;
        if (AttentionFactor is { } given) return given;
        return MScale is > 0 && MScaleAllDimensions is > 0
            ? YarnMScale(MScale.Value) / YarnMScale(MScaleAllDimensions.Value)
            : YarnMScale(1);
    }

    /// <summary>Multiplier of queries and of keys in latent attention's softmax: YaRN's term for mscale_all_dim, else 1.</summary>
    public double SoftmaxScale() =>
        Scaling == RopeScaling.Yarn && MScaleAllDimensions is > 0 ? YarnMScale(MScaleAllDimensions.Value) : 1;

    /// <summary>Angular frequency of each rotated pair, <paramref name="dimension"/> / 2 values, radians per position.</summary>
    public double[] InverseFrequencies(int dimension)
    {
        var frequencies = new double[dimension / 2];
        for (var i = 0; i < frequencies.Length; i++) frequencies[i] = Math.Pow(Theta, -2.0 * i / dimension);
        switch (Scaling)
        {
            case RopeScaling.Linear:
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] /= Factor;
                break;
            case RopeScaling.Llama3:
                for (var i = 0; i < frequencies.Length; i++) frequencies[i] = Llama3(frequencies[i]);
                break;
            case RopeScaling.Yarn:
                ApplyYarn(frequencies, dimension);
                break;
            case RopeScaling.None:
                break;
        }
        return frequencies;
    }

    private double YarnMScale(double scale) => Factor <= 1 ? 1 : 0.1 * scale * Math.Log(Factor) + 1;

    private double Llama3(double frequency)
    {
        var rotations = OriginalMaxPositions * frequency / (2 * Math.PI);
        if (rotations < LowFrequencyFactor) return frequency / Factor;
        if (rotations > HighFrequencyFactor) return frequency;
        var smooth = (rotations - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }

    private void ApplyYarn(double[] frequencies, int dimension)
    {
        var low = Math.Max(Math.Floor(Boundary(BetaFast)), 0);
        var high = Math.Min(Math.Ceiling(Boundary(BetaSlow)), dimension - 1);
        if (low == high) high += 0.001;
        for (var i = 0; i < frequencies.Length; i++)
        {
            var interpolated = Math.Clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = frequencies[i] / Factor * interpolated + frequencies[i] * (1 - interpolated);
        }

        double Boundary(double rotations) =>
            dimension * Math.Log(OriginalMaxPositions / (rotations * 2 * Math.PI)) / (2 * Math.Log(Theta));
    }
}
