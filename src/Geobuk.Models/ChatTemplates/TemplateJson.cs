using System.Globalization;
using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>tojson as transformers has it: Python's json.dumps with every character kept, no HTML escapes.</summary>
internal sealed class TemplateJson(RenderContext context, int line, int? indent, bool sortKeys)
{
    private const int DeepestValue = 64;

    private readonly StringBuilder _output = new();

    public string Write(object? value)
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
                WriteAll('{', '}', (sortKeys ? map.OrderBy(entry => entry.Key, StringComparer.Ordinal) : map.AsEnumerable()).ToList(), depth, entry =>
                {
                    Quote(entry.Key);
                    _output.Append(": ");
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
            if (i > 0) _output.Append(indent is null ? ", " : ",");
            NewLine(depth + 1);
            write(items[i]);
        }
        if (items.Count > 0) NewLine(depth);
        _output.Append(close);
    }

    private void NewLine(int depth)
    {
        if (indent is not { } width) return;
        context.Charge(line, (long)width * depth);
        _output.Append('\n').Append(' ', width * depth);
    }

    private void Quote(string text)
    {
        context.Charge(line, text.Length);
        _output.Append('"');
        foreach (var unit in text)
        {
            var plain = "\"\\\n\r\t\b\f".IndexOf(unit);
            if (plain >= 0) _output.Append('\\').Append("\"\\nrtbf"[plain]);
            else if (unit < ' ') _output.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            else _output.Append(unit);
        }
        _output.Append('"');
    }
}
