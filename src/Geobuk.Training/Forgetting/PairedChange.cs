namespace Geobuk.Training.Forgetting;

/// <summary>
/// How much the mean loss changed between two models on the same documents: r = sum(d) / sum(n), d the difference of a document's
/// losses and n its predictions. Documents are the units, since tokens of one document are not independent. The error is that of a
/// ratio estimator (Cochran 1977, section 2.11): s^2 = k / (k - 1) * sum((d - r n)^2) / sum(n)^2 over k documents, with Student's t
/// in the normal's place where they are few.
/// </summary>
/// <param name="Value">Change of the mean loss, nats per token; above 0 is worse.</param>
/// <param name="Error">Its standard error; infinite for a single document.</param>
/// <param name="Documents">Documents compared.</param>
public sealed record PairedChange(double Value, double Error, int Documents)
{
    /// <summary>Compares document by document.</summary>
    public static PairedChange Between(IReadOnlyList<DocumentLoss> before, IReadOnlyList<DocumentLoss> after)
    {
        if (before.Count != after.Count || before.Count == 0) throw new ArgumentException("expected the losses of the same documents", nameof(after));
        var predictions = before.Sum(document => document.Predictions);
        var change = after.Zip(before, (a, b) => a.Nats - b.Nats).Sum() / predictions;
        var squares = after.Zip(before, (a, b) => Math.Pow(a.Nats - b.Nats - change * b.Predictions, 2)).Sum();
        var count = before.Count;
        var error = count == 1 ? double.PositiveInfinity : Math.Sqrt(count / (count - 1.0) * squares) / predictions;
        return new PairedChange(change, error, count);
    }

    /// <summary>The change stays below this value with the given confidence, one-sided.</summary>
    public double UpperBound(double confidence) => Error == 0 || confidence == 0.5 ? Value : Value + StudentQuantile(confidence) * Error;

    /// <summary>Two-sided interval.</summary>
    public (double Low, double High) Interval(double confidence = 0.95)
    {
        var reach = Error == 0 ? 0 : StudentQuantile(0.5 + confidence / 2) * Error;
        return (Value - reach, Value + reach);
    }

    /// <summary>Student's t from the normal quantile: Cornish-Fisher terms in 1/freedom (Abramowitz and Stegun 26.7.5).</summary>
    private double StudentQuantile(double probability)
    {
        var z = NormalQuantile(probability);
        double f = Documents - 1, z2 = z * z;
        return z + z * (z2 + 1) / (4 * f) + z * (5 * z2 * z2 + 16 * z2 + 3) / (96 * f * f)
            + z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * f * f * f);
    }

    /// <summary>By bisection on the error function (Abramowitz and Stegun 7.1.26, error below 1.5e-7).</summary>
    private static double NormalQuantile(double probability)
    {
        double low = -8, high = 8;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (NormalDistribution(middle) < probability) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    private static double NormalDistribution(double z)
    {
        var x = Math.Abs(z) / Math.Sqrt(2);
        var t = 1 / (1 + 0.3275911 * x);
        var tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.Exp(-x * x);
        return z < 0 ? tail / 2 : 1 - tail / 2;
    }
}
