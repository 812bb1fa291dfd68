using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models.ChatTemplates;

/// <summary>Values of templates: null, bool, long, double, string, list, ordered map, function, namespace, undefined.</summary>
internal static class TemplateValue
{
    private const int DeepestValue = 64;

    /// <summary>A JSON value as a template sees it; a copy.</summary>
    public static object? FromJson(JsonNode? node) => node switch
    {
        null => null,
        JsonArray array => array.Select(FromJson).ToList(),
        JsonObject map => new OrderedDictionary<string, object?>(map.Select(entry => KeyValuePair.Create(entry.Key, FromJson(entry.Value)))),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => node.GetValue<string>(),
            // Boxed apart, or whole numbers would become double.
            _ => long.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out var whole) ? (object)whole : double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture),
        },
    };

    /// <summary>Python's truth.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined or false or 0L or 0.0 or "" => false,
        List<object?> list => list.Count > 0,
        OrderedDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    /// <summary>The number that it is, true being 1; null for other values.</summary>
    public static double? Number(object? value) => value switch { long whole => whole, double real => real, bool flag => flag ? 1 : 0, _ => null };

    /// <summary>What {{ }} prints: Python's str().</summary>
    public static string Print(RenderContext context, int line, object? value)
    {
        switch (value)
        {
            case string text: return text;
            case Undefined: return "";
            default:
                var output = new StringBuilder();
                Represent(context, line, value, output, 0);
                return output.ToString();
        }
    }

    /// <summary>A value's kind, in words for errors.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "none",
        Undefined undefined => $"the undefined {undefined.Name}",
        string => "a text",
        bool => "a truth value",
        long or double => "a number",
        List<object?> => "a list",
        OrderedDictionary<string, object?> => "a map",
        TemplateNamespace => "a namespace",
        TemplateLoop => "a loop",
        _ => "a function",
    };

    /// <summary>Python's repr() of a float: 1.0, 0.5, 1e+16.</summary>
    public static string PrintReal(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        // R gives the shortest digits that read back; only the form differs from Python's.
        var digits = value.ToString("R", CultureInfo.InvariantCulture);
        if (Math.Abs(value) is 0 or (>= 1e-4 and < 1e16))
        {
            var plain = digits.Contains('E') ? decimal.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) : digits;
            return plain.Contains('.') ? plain : plain + ".0";
        }
        if (!digits.Contains('E')) digits = value.ToString("E16", CultureInfo.InvariantCulture);
        var parts = digits.Split('E');
        var exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var mantissa = parts[0].Contains('.') ? parts[0].TrimEnd('0').TrimEnd('.') : parts[0];
        return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private static void Represent(RenderContext context, int line, object? value, StringBuilder output, int depth)
    {
        context.Step(line);
        if (depth > DeepestValue) throw context.Fail(line, $"a value nested deeper than {DeepestValue} is printed", "a flatter value");
        switch (value)
        {
            case null: output.Append("None"); break;
            case bool flag: output.Append(flag ? "True" : "False"); break;
            case long whole: output.Append(whole.ToString(CultureInfo.InvariantCulture)); break;
            case double real: output.Append(PrintReal(real)); break;
            case string text: Quote(context, line, text, output); break;
            case List<object?> list:
                var tuple = list is TemplateTuple;
                Separate(list, output.Append(tuple ? '(' : '['), item => Represent(context, line, item, output, depth + 1));
                output.Append(!tuple ? "]" : list.Count == 1 ? ",)" : ")");
                break;
            case OrderedDictionary<string, object?> map:
                Separate(map, output.Append('{'), entry =>
                {
                    Quote(context, line, entry.Key, output);
                    Represent(context, line, entry.Value, output.Append(": "), depth + 1);
                });
                output.Append('}');
                break;
            default: output.Append('<').Append(Describe(value)).Append('>'); break;
        }
    }

    private static void Separate<T>(IEnumerable<T> items, StringBuilder output, Action<T> write)
    {
        var first = true;
        foreach (var item in items)
        {
            if (!first) output.Append(", ");
            first = false;
            write(item);
        }
    }

    private static void Quote(RenderContext context, int line, string text, StringBuilder output)
    {
        context.Charge(line, 2L * text.Length);
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append(quote);
        foreach (var unit in text)
        {
            if (unit == quote || unit == '\\') output.Append('\\').Append(unit);
            else if (unit is '\n' or '\r' or '\t') output.Append('\\').Append(unit switch { '\n' => 'n', '\r' => 'r', _ => 't' });
            else if (char.IsControl(unit)) output.Append(CultureInfo.InvariantCulture, $"\\x{(int)unit:x2}");
            else output.Append(unit);
        }
        output.Append(quote);
    }
}
