using System.Globalization;
using System.Text.Json;

namespace Geobuk.Inference.Constraints;

/// <summary>Numbers: bounds, "multipleOf", what a "not" leaves out.</summary>
internal sealed class SchemaNumbers(ByteAutomaton automaton, SchemaDocument document)
{
    private const string AnyInteger = "-?(0|[1-9][0-9]{0,17})", AnyNumber = AnyInteger + "(\\.[0-9]{1,17})?([eE][+-]?[0-9]{1,3})?";
    private const string WithoutExponent = AnyInteger + "(\\.[0-9]{1,17})?";
    private const decimal LargestBound = 999_999_999_999_999_999;
    private const int LargestFactor = 100, MostFraction = 9;

    /// <summary>The numbers before a state.</summary>
    /// <param name="parts">The schemas that hold.</param>
    /// <param name="isInteger">Whole numbers alone.</param>
    /// <param name="next">What follows.</param>
    public int Build(IReadOnlyList<SchemaPart> parts, bool isInteger, int next)
    {
        var (low, high) = (new Bound(null, false), new Bound(null, false));
        var factors = new List<(Action<ByteAutomaton> Build, bool IsRefused)>();
        var excluded = new List<decimal>();
        foreach (var part in parts)
        {
            low = Narrower(low, Of(part, "minimum", "exclusiveMinimum", 1), 1);
            high = Narrower(high, Of(part, "maximum", "exclusiveMaximum", -1), -1);
            if (part.Find("format") is { ValueKind: JsonValueKind.String } format && format.ValueEquals("int32")) (low, high) = (Narrower(low, new(int.MinValue, false), 1), Narrower(high, new(int.MaxValue, false), -1));
            if (part.Find("multipleOf") is { } multiple) factors.Add((Multiples(part, multiple), false));
            if (SchemaNegation.Excluded(part) is not { } refused) continue;
            if (refused.Find("multipleOf") is { } other) factors.Add((Multiples(refused, other), true));
            foreach (var value in refused.Find("const") is { } constant ? [constant] : refused.Find("enum") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : (IEnumerable<JsonElement>)[])
                if (value.ValueKind == JsonValueKind.Number) excluded.Add(value.TryGetDecimal(out var number) ? number : throw document.Wrong(refused.Path, $"has {value}", "a smaller number"));
        }
        var (place, isPlain) = (document.Place(parts.Count > 0 ? parts[0].Path : ""), factors.Count == 0 && excluded.Count == 0);
        if (isPlain && low.Value is null && high.Value is null) return RegexConstraint.Build(automaton, isInteger ? AnyInteger : AnyNumber, place, next);
        var expression = low.Value is null && high.Value is null ? isInteger ? AnyInteger : WithoutExponent : NumberRange.Expression(low.Value, high.Value, low.IsOut, high.IsOut, isInteger);
        if (expression is null && parts.Count > 1) return automaton.Either();
        if (expression is null) throw document.Wrong(parts[0].Path, $"has no number from {low.Value} to {high.Value}", "bounds with one between them");
        if (isPlain) return RegexConstraint.Build(automaton, expression, place, next);
        factors.Add((own => own.Start = RegexConstraint.Build(own, expression, place, own.Accept()), false));
        factors.AddRange(excluded.Select(value => ((Action<ByteAutomaton>)(own => own.Start = RegexConstraint.Build(own, Spellings(value), place, own.Accept())), true)));
        return AutomatonProduct.Build(automaton, factors.ConvertAll(factor => (Automaton(factor.Build), factor.IsRefused)), place, next);

        ByteAutomaton Automaton(Action<ByteAutomaton> build)
        {
            var own = new ByteAutomaton(place);
            build(own);
            return own;
        }
    }

    /// <summary>A number however it is written without exponent.</summary>
    private static string Spellings(decimal value)
    {
        var text = Math.Abs(value).ToString("0.#############################", CultureInfo.InvariantCulture).Replace(".", "\\.", StringComparison.Ordinal);
        return (value == 0 ? "-?" : value < 0 ? "-" : "") + text + (text.Contains('.') ? "0*" : "(\\.0+)?");
    }

    /// <summary>
    /// The multiples of a number, digit by digit: as a whole number of its last place it is a factor, and what was read has a remainder
    /// by it; a digit more makes the remainder r into 10 r + digit.
    /// </summary>
    private Action<ByteAutomaton> Multiples(SchemaPart part, JsonElement multiple)
    {
        var places = 0;
        if (multiple.ValueKind != JsonValueKind.Number || !multiple.TryGetDecimal(out var factor) || factor <= 0 || factor > LargestBound) throw Wrong();
        for (; decimal.Truncate(factor) != factor && places <= MostFraction; places++) factor *= 10;
        // What ends in zeros is a smaller one before them.
        var zeros = 0;
        for (; places == 0 && factor > 1 && factor % 10 == 0; zeros++) factor /= 10;
        if (places > MostFraction || factor > LargestFactor) throw Wrong();
        var divisor = (int)factor;
        return own =>
        {
            var end = own.Accept();
            var zero = own.Either();
            // After a number of digits behind the point; the places that are left are zeros.
            var at = Enumerable.Range(0, places + 1).Select(_ => Enumerable.Range(0, divisor).Select(_ => own.Either()).ToArray()).ToArray();
            for (var behind = 0; behind <= places; behind++)
                for (var rest = 0; rest < divisor; rest++)
                {
                    var left = rest;
                    for (var i = behind; i < places; i++) left = left * 10 % divisor;
                    if (left == 0)
                    {
                        // Zeros behind the last place change nothing.
                        var last = behind < places ? end : own.Either(end, behind == 0 ? own.Byte((byte)'.', (byte)'.', Zeros(own, end)) : Zeros(own, end));
                        own.AddWay(at[behind][rest], own.Text(new string('0', zeros), last));
                        if (zeros > 0) zero = last;
                    }
                    if (behind == 0) Digits(behind, rest, at[0]);
                    else if (behind < places) Digits(behind, rest, at[behind + 1]);
                    if (behind == 0 && places > 0)
                    {
                        var point = own.Either();
                        own.AddWay(at[0][rest], own.Byte((byte)'.', (byte)'.', point));
                        for (var digit = 0; digit < 10; digit++) own.AddWay(point, own.Byte((byte)('0' + digit), (byte)('0' + digit), at[1][(rest * 10 + digit) % divisor]));
                    }
                }
            var first = own.Either();
            for (var digit = 0; digit < 10; digit++) own.AddWay(first, own.Byte((byte)('0' + digit), (byte)('0' + digit), at[0][digit % divisor]));
            own.AddWay(first, own.Byte((byte)'0', (byte)'0', zero));
            own.Start = own.Either(first, own.Byte((byte)'-', (byte)'-', first));

            void Digits(int behind, int rest, int[] toward)
            {
                for (var digit = 0; digit < 10; digit++) own.AddWay(at[behind][rest], own.Byte((byte)('0' + digit), (byte)('0' + digit), toward[(rest * 10 + digit) % divisor]));
            }
        };

        Geobuk.Models.UserInputException Wrong() =>
            document.Wrong($"{part.Path}/multipleOf", $"is {SchemaDocument.Shown(multiple)}", $"a positive number of at most {LargestFactor} in its last place that is not zero, which is at most the {MostFraction}th behind the point");
    }

    private static int Zeros(ByteAutomaton own, int next) => own.Repeat(after => own.Byte((byte)'0', (byte)'0', after), 1, null, next);

    /// <summary>The narrower of a bound and one that is left out itself; drafts before 6 say the latter with a boolean.</summary>
    private Bound Of(SchemaPart part, string name, string exclusive, int direction)
    {
        var bound = part.Find(name) is { } value ? Decimal(value, name) : null;
        if (part.Find(exclusive) is not { } other || other.ValueKind == JsonValueKind.False) return new(bound, false);
        return other.ValueKind == JsonValueKind.True ? new(bound, bound is not null) : Narrower(new(bound, false), new(Decimal(other, exclusive), true), direction);

        decimal? Decimal(JsonElement element, string keyword)
        {
            if (element.ValueKind != JsonValueKind.Number) throw Wrong();
            // A bound beyond every number that is written bounds nothing.
            if (element.TryGetDouble(out var real) && Math.Abs(real) > (double)LargestBound) return real * direction < 0 ? null : throw Wrong();
            return element.TryGetDecimal(out var number) && decimal.Round(number, NumberRange.FractionDigits) == number ? number : throw Wrong();

            Geobuk.Models.UserInputException Wrong() => document.Wrong($"{part.Path}/{keyword}", $"is {element.GetRawText()}", $"a number of at most {NumberRange.WholeDigits} digits before the point");
        }
    }

    private static Bound Narrower(Bound one, Bound other, int direction)
    {
        if (one.Value is null || other.Value is null) return one.Value is null ? other : one;
        if (one.Value == other.Value) return one.IsOut ? one : other;
        return direction * one.Value > direction * other.Value ? one : other;
    }

    private readonly record struct Bound(decimal? Value, bool IsOut);
}
