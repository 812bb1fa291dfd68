using System.Globalization;
using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>tojson as transformers has it: Python's json.dumps with every character kept, no HTML escapes.</summary>
internal sealed class TemplateJson(RenderContext context, int line, int? indent, bool sortKeys, (string Item, string Key) marks)
{
    private const int DeepestValue = 64;
    private const int WidestIndent = 64;

    private const int LongestMark = 8;

    private readonly StringBuilder _output = new();
    private bool _ascii;

    /// <summary>value|tojson.</summary>
    public static string Filter(object? value, RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Named.Keys.FirstOrDefault(name => name is not ("indent" or "ensure_ascii" or "sort_keys" or "separators")) is { } unknown)
            throw context.Fail(line, $"tojson is given {unknown}", "indent, separators, ensure_ascii or sort_keys");
        var indent = arguments.Positional.Count > 0 ? arguments.Positional[0] : arguments.Named.GetValueOrDefault("indent");
        if (indent is not (null or (>= 0L and <= WidestIndent))) throw context.Fail(line, $"tojson is given indent {TemplateValue.Describe(indent)}", $"0 to {WidestIndent}");
        var marks = arguments.Named.GetValueOrDefault("separators") switch
        {
            null => (indent is null ? ", " : ",", ": "),
            List<object?> and [string { Length: <= LongestMark } item, string { Length: <= LongestMark } key] => (item, key),
            _ => throw context.Fail(line, "tojson is given separators", "two short texts such as (',', ':')"),
        };
        return new TemplateJson(context, line, (int?)(indent as long?), TemplateValue.IsTrue(arguments.Named.GetValueOrDefault("sort_keys")), marks)
        {
            _ascii = TemplateValue.IsTrue(arguments.Named.GetValueOrDefault("ensure_ascii")),
        }.Write(value);
    }

    private string Write(object? value)
    {
        Write(value, 0);
        return _output.ToString();
    }

    private void Write(object? value, int depth)
    {
        context.Step(line);
        if (depth > DeepestValue) throw context.Fail(line, $"tojson is given a value nested deeper than {DeepestValue}", "a flatter value");
        switch (value)
        {
            case null: _output.Append("null"); break;
            case bool flag: _output.Append(flag ? "true" : "false"); break;
            case long whole: _output.Append(whole.ToString(CultureInfo.InvariantCulture)); break;
            case double real: _output.Append(TemplateValue.PrintReal(real)); break;
            case string text: Quote(text); break;
            case List<object?> list: WriteAll('[', ']', list, depth, item => Write(item, depth + 1)); break;
            case OrderedDictionary<string, object?> map:
                WriteAll('{', '}', Entries(map), depth, entry =>
                {
                    Quote(entry.Key);
                    _output.Append(marks.Key);
                    Write(entry.Value, depth + 1);
                });
                break;
            default: throw context.Fail(line, $"tojson is given {TemplateValue.Describe(value)}", "a value that JSON has");
        }
    }

    private void WriteAll<T>(char open, char close, List<T> items, int depth, Action<T> write)
    {
        _output.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) _output.Append(marks.Item);
            NewLine(depth + 1);
            write(items[i]);
        }
        if (items.Count > 0) NewLine(depth);
        _output.Append(close);
    }

    private List<KeyValuePair<string, object?>> Entries(OrderedDictionary<string, object?> map)
    {
        context.ChargeItems(line, map.Count);
        return sortKeys ? [.. map.OrderBy(entry => entry.Key, StringComparer.Ordinal)] : [.. map];
    }

    private void NewLine(int depth)
    {
        if (indent is not { } width) return;
        context.Charge(line, (long)width * depth);
        _output.Append('\n').Append(' ', width * depth);
    }

    private void Quote(string text)
    {
        context.Charge(line, (_ascii ? 6L : 2L) * text.Length);
        _output.Append('"');
        foreach (var unit in text)
        {
            var plain = "\"\\\n\r\t\b\f".IndexOf(unit);
            if (plain >= 0) _output.Append('\\').Append("\"\\nrtbf"[plain]);
            else if (unit < ' ' || (_ascii && unit > '~')) _output.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            else _output.Append(unit);
        }
        _output.Append('"');
    }
}
