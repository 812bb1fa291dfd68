using System.Globalization;

namespace Geobuk.Compute.Wording;

/// <summary>Numbers of things in English messages.</summary>
public static class Counted
{
    /// <summary>"1 node", "2 nodes".</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">What one is called.</param>
    /// <param name="many">What several are called; null puts an s after one.</param>
    public static string Of(long number, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");
}
