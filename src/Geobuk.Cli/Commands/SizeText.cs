using System.Globalization;
using System.Text.RegularExpressions;
using Geobuk.Models;

namespace Geobuk.Cli.Commands;

/// <summary>Sizes as people write them: 4.2GB, 3.9 GiB, 700MB, or bytes.</summary>
internal static partial class SizeText
{
    private static readonly Dictionary<string, double> s_units = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1, ["B"] = 1, ["KB"] = 1e3, ["MB"] = 1e6, ["GB"] = 1e9, ["TB"] = 1e12, ["KiB"] = 1L << 10, ["MiB"] = 1L << 20, ["GiB"] = 1L << 30, ["TiB"] = 1L << 40,
    };

    /// <summary>The bytes of a size.</summary>
    /// <exception cref="UserInputException">Not a size.</exception>
    public static long Parse(string option, string text)
    {
        var match = Form().Match(text.Trim());
        if (match.Success && s_units.TryGetValue(match.Groups[2].Value, out var unit))
            return checked((long)(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * unit));
        throw new UserInputException($"{option} {text}: is no size; expected a number and B, KB, MB, GB, KiB, MiB or GiB. 4.2GB is 4,200,000,000 bytes.");
    }

    [GeneratedRegex(@"^(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]{0,3})$")]
    private static partial Regex Form();
}
