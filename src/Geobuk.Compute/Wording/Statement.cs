using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Geobuk.Compute.Wording;

/// <summary>
/// A sentence for people, kept as what it tells: a phrase with its values, which are numbers, names and other statements. So it can be
/// said in each <see cref="Language"/>, whenever somebody reads it.
/// </summary>
[JsonConverter(typeof(StatementJson))]
public sealed partial class Statement
{
    private const double Minute = 60, Hour = 3600, Day = 86_400;
    private static readonly Dictionary<Phrase, SaysAttribute> Sayings =
        Enum.GetValues<Phrase>().ToDictionary(phrase => phrase, phrase => typeof(Phrase).GetField(phrase.ToString())!.GetCustomAttribute<SaysAttribute>()!);

    private readonly object[] _values;

    internal Statement(Phrase phrase, params object[] values) => (Phrase, _values) = (phrase, [.. values.Select(value => value is IConvertible and not string ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : value)]);

    /// <summary>What it says.</summary>
    internal Phrase Phrase { get; }

    /// <summary>Of what: numbers, texts and statements.</summary>
    internal IReadOnlyList<object> Values => _values;

    /// <summary>A sentence in somebody's own words, which are the same in every language.</summary>
    public static Statement Quoted(string text) => new(Phrase.Quoted, text);

    /// <summary>The sentence in a language.</summary>
    public string In(Language language) => Place().Replace(Sayings[Phrase].In(language), match =>
    {
        // A place for which an older database has no value.
        if (int.Parse(match.Groups["value"].ValueSpan, CultureInfo.InvariantCulture) is var index && index >= _values.Length) return "?";
        if (_values[index] is not double number) return _values[index] is Statement statement ? statement.In(language) : (string)_values[index];
        if (match.Groups["one"].Success) return match.Groups[number == 1 ? "one" : "many"].Value.Replace("#", Written(number, ""), StringComparison.Ordinal);
        return Written(number, match.Groups["format"].Value);
    });

    /// <summary>The sentence in English.</summary>
    public override string ToString() => In(Language.English);

    private static string Written(double number, string format) => format == "time" ? Duration(number) : number.ToString(format.Length > 0 ? format : "0.####", CultureInfo.InvariantCulture);

    /// <summary>Seconds in the two largest units that they have, in Korean.</summary>
    private static string Duration(double seconds)
    {
        seconds = Math.Round(seconds);
        var ((large, largeWord), (small, smallWord)) = seconds switch
        {
            < Hour => ((Minute, "분"), (1, "초")),
            < Day => ((Hour, "시간"), (Minute, "분")),
            _ => ((Day, "일"), (Hour, "시간")),
        };
        var (whole, rest) = (Math.Floor(seconds / large), Math.Floor(seconds % large / small));
        return string.Join(' ', new[] { (whole, largeWord), (rest, smallWord) }.Where(part => part.Item1 > 0 || (whole == 0 && part.Item2 == smallWord)).Select(part => Written(part.Item1, "#,0") + part.Item2));
    }

    [GeneratedRegex(@"\{(?<value>\d)(?::(?<format>[^}]+)| (?<one>[^|}]*)\|(?<many>[^}]*))?\}")]
    private static partial Regex Place();
}
