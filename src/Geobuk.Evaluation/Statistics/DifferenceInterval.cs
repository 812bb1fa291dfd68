using System.Text.Json.Serialization;

namespace Geobuk.Evaluation.Statistics;

/// <summary>A difference (second minus first) with its confidence interval, in the unit of what was compared.</summary>
/// <param name="Value">The difference as observed.</param>
/// <param name="Low">Lower bound.</param>
/// <param name="High">Upper bound.</param>
public sealed record DifferenceInterval(double Value, double Low, double High)
{
    /// <summary>True where zero lies outside the interval.</summary>
    [JsonIgnore]
    public bool IsClear => Low > 0 || High < 0;
}
