using System.Globalization;
using System.Text;
using CsCheck;
using Geobuk.Inference.Constraints;

namespace Geobuk.Inference.Tests.Constraints;

/// <summary>The texts of a range against the comparison of numbers.</summary>
public sealed class NumberRangeTests
{
    // Near each other and near powers of ten, whole and not.
    private static readonly Gen<decimal> s_bound = Gen.Select(OneOf(0m, 1, 9, 10, 99, 100, 999, 1000, 123_456, 1_000_000_000_000), Gen.Int[-30, 30], OneOf(1m, 0.5m, 0.01m, 0.125m), Gen.Bool)
        .Select((value, offset, step, negative) => (negative ? -1 : 1) * (value + offset * step));

    [Fact]
    public void Expression_OfAnyBounds_TakesTheNumbersBetweenThemAlone() =>
        Gen.Select(s_bound, s_bound, Gen.Int[0, 3], Gen.Bool, Gen.Bool, Gen.Bool, s_bound.Array[20]).Sample((a, b, open, above, below, isInteger, probes) =>
        {
            decimal? low = open == 1 ? null : Math.Min(a, b), high = open == 2 ? null : Math.Max(a, b);
            var automaton = NumberRange.Expression(low, high, above, below, isInteger) is { } expression ? Automaton(expression) : null;
            foreach (var probe in (decimal[])[.. probes, a, b, a + 0.001m, b - 0.001m, a + 1, b - 1, (a + b) / 2, 0])
            {
                var value = decimal.Round(probe, 6);
                var isWhole = decimal.Floor(value) == value;
                var expected = (!isInteger || isWhole)
                    && (low is null || value > low || (value == low && !above)) && (high is null || value < high || (value == high && !below));
                var text = value.ToString("0.######", CultureInfo.InvariantCulture);
                Assert.True(expected == Accepts(automaton, text), $"{text} from {low} to {high}, above {above}, below {below}, integer {isInteger}");
                // The same number with zeros at its end.
                if (isInteger) Assert.False(Accepts(automaton, text + ".0"));
                else Assert.True(expected == Accepts(automaton, isWhole ? text + ".00" : text + "0"), $"{text} with zeros from {low} to {high}, above {above}, below {below}");
            }
        }, iter: 3000);

    [Theory]
    [InlineData("007")]
    [InlineData("-0")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("+1")]
    [InlineData("1e3")]
    public void Expression_TextsThatAreNoPlainNumbers_AreNotTaken(string text) =>
        Assert.False(Accepts(Automaton(NumberRange.Expression(-1000, 1000, false, false, isInteger: false)!), text));

    [Theory]
    [InlineData(5, 4, false)]
    [InlineData(0, 0, true)]
    public void Expression_OfAnEmptyRange_IsNone(int low, int high, bool above) =>
        Assert.Null(NumberRange.Expression(low, high, above, false, isInteger: false));

    [Fact]
    public void Expression_OfTheWidestBounds_IsSmall()
    {
        var automaton = Automaton(NumberRange.Expression(-999_999_999_999_999_999, 1.23456789012345678m, true, true, isInteger: false)!);
        Assert.InRange(automaton.Count, 1, ByteAutomaton.Most / 10);
    }

    private static Gen<decimal> OneOf(params decimal[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static ByteAutomaton Automaton(string expression)
    {
        var automaton = new ByteAutomaton("test");
        automaton.Start = RegexConstraint.Build(automaton, expression, "test", automaton.Accept());
        return automaton;
    }

    private static bool Accepts(ByteAutomaton? automaton, string text)
    {
        if (automaton is null) return false;
        var states = automaton.Closure([automaton.Start]);
        foreach (var value in Encoding.ASCII.GetBytes(text)) states = automaton.Step(states, value);
        return automaton.IsAccepting(states);
    }
}
