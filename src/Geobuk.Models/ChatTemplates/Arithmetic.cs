using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>The operators + - * / // % ** and ~, with Python's meaning.</summary>
internal static class Arithmetic
{
    public static object? Apply(RenderContext context, int line, string operation, object? left, object? right)
    {
        if (operation == "~") return Join(context, line, TemplateValue.Print(context, line, left), TemplateValue.Print(context, line, right));
        (left, right) = (Number(left), Number(right));
        try
        {
            return (operation, left, right) switch
            {
                ("+", string a, string b) => Join(context, line, a, b),
                ("+", List<object?> a, List<object?> b) => Append(context, line, a, b),
                ("*", string a, long times) => Repeat(context, line, a, times),
                ("*", long times, string a) => Repeat(context, line, a, times),
                (_, long a, long b) => Whole(operation, a, b),
                (_, double a, double b) => Real(operation, a, b),
                (_, double a, long b) => Real(operation, a, b),
                (_, long a, double b) => Real(operation, a, b),
                _ => throw context.Fail(line, $"{TemplateValue.Describe(left)} {operation} {TemplateValue.Describe(right)} is asked for", "two numbers, or two texts for +"),
            };
        }
        catch (ArithmeticException e)
        {
            throw context.Fail(line, $"{TemplateValue.Print(context, line, left)} {operation} {TemplateValue.Print(context, line, right)} has no value ({e.Message})", "numbers of 64 bits and no division by zero");
        }
    }

    // Python counts true as 1.
    private static object? Number(object? value) => value is bool flag ? flag ? 1L : 0L : value;

    private static string Join(RenderContext context, int line, string left, string right)
    {
        context.Charge(line, (long)left.Length + right.Length);
        return left + right;
    }

    private static List<object?> Append(RenderContext context, int line, List<object?> left, List<object?> right)
    {
        context.ChargeItems(line, (long)left.Count + right.Count);
        return [.. left, .. right];
    }

    private static string Repeat(RenderContext context, int line, string text, long times)
    {
        times = Math.Clamp(times, 0, int.MaxValue);
        context.Charge(line, 2 * text.Length * times);
        return new StringBuilder().Insert(0, text, text.Length == 0 ? 0 : (int)times).ToString();
    }

    private static object Whole(string operation, long a, long b) => operation switch
    {
        // Each arm is boxed on its own, or all of them would become double.
        "+" => (object)(a + b),
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? throw new DivideByZeroException() : a / (double)b,
        "//" => FloorDivide(a, b),
        "%" => a - FloorDivide(a, b) * b,
        _ when b < 0 => Math.Pow(a, b),
        _ => Power(a, b),
    };

    private static long FloorDivide(long a, long b) => a % b != 0 && (a < 0) != (b < 0) ? a / b - 1 : a / b;

    private static long Power(long value, long exponent)
    {
        if (value is 0 or 1 or -1) return exponent == 0 || value == 1 || (value == -1 && exponent % 2 == 0) ? 1 : value;
        var power = 1L;
        // Any other base overflows, and so stops, within 64 turns.
        for (var i = 0L; i < exponent; i++) power *= value;
        return power;
    }

    private static double Real(string operation, double a, double b) => operation switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? throw new DivideByZeroException() : a / b,
        "//" => b == 0 ? throw new DivideByZeroException() : Math.Floor(a / b),
        "%" => b == 0 ? throw new DivideByZeroException() : a - Math.Floor(a / b) * b,
        _ => Math.Pow(a, b),
    };
}
