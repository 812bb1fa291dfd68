using System.Globalization;
using System.Text;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// The decimal texts of the numbers between two bounds, as a regular expression: digit by digit it is known whether what was written is
/// still the bound's beginning, and only then does the next digit matter.
/// </summary>
internal sealed class NumberRange
{
    /// <summary>Digits before the point at most, and after it.</summary>
    public const int WholeDigits = 18, FractionDigits = 17;

    private static readonly decimal s_most = (decimal)Math.Pow(10, WholeDigits) - 1;

    private readonly bool _isInteger;
    private readonly StringBuilder _ways = new();

    private NumberRange(bool isInteger) => _isInteger = isInteger;

    /// <summary>The expression of JSON numbers without exponent; null where there is none between the bounds.</summary>
    /// <param name="low">Lower bound; null is none.</param>
    /// <param name="high">Upper bound; null is none.</param>
    /// <param name="above">The lower bound itself is left out.</param>
    /// <param name="below">The upper bound itself is left out.</param>
    /// <param name="isInteger">Whole numbers alone.</param>
    public static string? Expression(decimal? low, decimal? high, bool above, bool below, bool isInteger)
    {
        var range = new NumberRange(isInteger);
        var (from, to) = (new Bound(low ?? -s_most, above && low is not null), new Bound(high ?? s_most, below && high is not null));
        if (from.Value < 0) range.AddMagnitudes("-", to.Value < 0 ? to.Opposite : new Bound(0, true), from.Opposite);
        if (to.Value >= 0) range.AddMagnitudes("", from.Value < 0 ? new Bound(0, false) : from, to);
        return range._ways.Length == 0 ? null : range._ways.ToString();
    }

    /// <summary>Adds the numbers of one sign by their distance from zero.</summary>
    private void AddMagnitudes(string sign, Bound low, Bound high)
    {
        if (_isInteger) (low, high) = (low.Up(), high.Down());
        if (low.Value > high.Value || (low.Value == high.Value && (low.IsOut || high.IsOut)) || low.Value > s_most) return;
        var (first, last) = (decimal.Floor(low.Value), Math.Min(decimal.Floor(high.Value), s_most));
        if (_isInteger)
        {
            AddWhole(sign, first, last, "");
            return;
        }
        var (lowDigits, highDigits) = (Fraction(low.Value), Fraction(high.Value));
        if (first == last)
        {
            AddEnd(sign, first, new DecimalTail(lowDigits, low.IsOut, highDigits, high.IsOut));
            return;
        }
        AddEnd(sign, first, new DecimalTail(lowDigits, low.IsOut, null, false));
        if (last - first > 1) AddWhole(sign, first + 1, last - 1, $"(\\.[0-9]{{1,{FractionDigits}}})?");
        AddEnd(sign, last, new DecimalTail(null, false, highDigits, high.IsOut));
    }

    private void AddEnd(string sign, decimal whole, DecimalTail tail)
    {
        if (tail.Expression() is { } fraction) Add(sign + Text(whole) + fraction);
    }

    /// <summary>Adds the whole numbers between two of them, by their number of digits.</summary>
    private void AddWhole(string sign, decimal first, decimal last, string after)
    {
        var (from, to) = (Text(first), Text(last));
        for (var length = from.Length; length <= to.Length; length++)
        {
            var low = length == from.Length ? from : "1" + new string('0', length - 1);
            var high = length == to.Length ? to : new string('9', length);
            Add(sign + Digits(low, high, 0, true, true) + after);
        }
    }

    /// <summary>The digits from a place on, of numbers as long as both bounds.</summary>
    private static string Digits(string low, string high, int at, bool atLow, bool atHigh)
    {
        if (at == low.Length) return "";
        // What is left of a bound may allow everything.
        atLow &= low.AsSpan(at).ContainsAnyExcept('0');
        atHigh &= high.AsSpan(at).ContainsAnyExcept('9');
        if (!atLow && !atHigh) return $"[0-9]{{{low.Length - at}}}";
        var (from, to) = (atLow ? low[at] : '0', atHigh ? high[at] : '9');
        if (from == to) return from + Digits(low, high, at + 1, atLow, atHigh);
        var ways = new List<string>();
        if (atLow) ways.Add(from++ + Digits(low, high, at + 1, true, false));
        if (atHigh) ways.Add(to-- + Digits(low, high, at + 1, false, true));
        if (from <= to) ways.Add($"[{from}-{to}]" + Digits(low, high, at + 1, false, false));
        return $"({string.Join('|', ways)})";
    }

    private void Add(string way) => _ways.Append(_ways.Length == 0 ? "" : "|").Append(way);

    private static string Text(decimal whole) => whole.ToString("0", CultureInfo.InvariantCulture);

    private static string Fraction(decimal value) => (value - decimal.Floor(value)).ToString("0.#################", CultureInfo.InvariantCulture)[1..].TrimStart('.');

    /// <summary>An end of a range.</summary>
    private readonly record struct Bound(decimal Value, bool IsOut)
    {
        public Bound Opposite => this with { Value = -Value };

        /// <summary>The first whole number of a range that begins here.</summary>
        public Bound Up() => new(IsOut && decimal.Floor(Value) == Value ? Value + 1 : decimal.Ceiling(Value), false);

        /// <summary>The last whole number of a range that ends here.</summary>
        public Bound Down() => new(IsOut && decimal.Floor(Value) == Value ? Value - 1 : decimal.Floor(Value), false);
    }
}
