namespace Geobuk.Inference.Constraints;

/// <summary>Formats of strings as expressions that the whole text matches, each within what the standard's format allows.</summary>
internal static class StringFormats
{
    private const string Day = @"\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))|(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29";
    private const string Time = @"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)";
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", ShortLabel = "[A-Za-z0-9]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?", Host = Label + @"(\." + Label + "){0,3}";
    private const string Email = @"[A-Za-z0-9_%+-]{1,20}(\.[A-Za-z0-9_%+-]{1,20}){0,2}@" + ShortLabel + @"(\." + ShortLabel + "){1,3}";
    private const string Byte = @"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)", Ipv4 = Byte + @"(\." + Byte + "){3}";
    private const string Word = "[0-9A-Fa-f]{1,4}";
    private const string Ipv6 = $"({Word}:){{7}}{Word}|({Word}:){{1,7}}:|({Word}:){{1,6}}(:{Word}){{1}}|({Word}:){{1,5}}(:{Word}){{1,2}}|({Word}:){{1,4}}(:{Word}){{1,3}}|({Word}:){{1,3}}(:{Word}){{1,4}}|({Word}:){{1,2}}(:{Word}){{1,5}}|{Word}:(:{Word}){{1,6}}|:((:{Word}){{1,7}}|:)";
    private const string Letter = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})", Rest = "(/" + Letter + @"*)*(\?(" + Letter + "|[/?])*)?(#(" + Letter + "|[/?])*)?";
    private const string Uri = @"[A-Za-z][A-Za-z0-9+.-]*:(//" + Host + @"(:\d{1,5})?" + Rest + "|" + Letter + "+" + Rest + ")", Relative = "(//" + Host + @"(:\d{1,5})?|[A-Za-z0-9._~-]+)?" + Rest;
    private const string ShortRest = @"(/[A-Za-z0-9._~-]{0,30}){0,4}(\?[A-Za-z0-9._~=&-]{0,40})?", ShortUri = "[A-Za-z][A-Za-z0-9+.-]{1,9}://[A-Za-z0-9]{1,15}([.-][A-Za-z0-9]{1,15}){0,3}" + ShortRest;
    private const string Pointer = "(/([^~/]|~[01])*)*";
    private const string DurationTime = @"T(\d+H(\d+M(\d+S)?)?|\d+M(\d+S)?|\d+S)";

    private static readonly Dictionary<string, string?> s_formats = new()
    {
        ["date"] = Day,
        ["time"] = Time,
        ["date-time"] = $"({Day})T{Time}",
        ["duration"] = $@"P(\d+W|(\d+Y(\d+M(\d+D)?)?|\d+M(\d+D)?|\d+D)({DurationTime})?|{DurationTime})",
        ["email"] = Email,
        ["idn-email"] = Email,
        ["hostname"] = Host,
        ["idn-hostname"] = Host,
        ["ipv4"] = Ipv4,
        ["ipv6"] = Ipv6,
        ["uri"] = Uri,
        ["iri"] = Uri,
        ["uri-reference"] = Relative,
        ["iri-reference"] = Relative,
        ["uri-template"] = Relative,
        ["uuid"] = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        ["json-pointer"] = Pointer,
        ["relative-json-pointer"] = $"(0|[1-9][0-9]*)(#|{Pointer})",
        ["byte"] = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
        ["regex"] = null,
    };

    /// <summary>The expression of a format, null of one that cannot be kept; false for names that the standard does not have, which only inform.</summary>
    /// <param name="name">The format.</param>
    /// <param name="isShort">There is a greatest length: parts that may be repeated are, but not so often that it would have to be counted.</param>
    /// <param name="expression">The expression.</param>
    public static bool TryFind(string name, bool isShort, out string? expression)
    {
        var isKnown = s_formats.TryGetValue(name, out expression);
        if (isShort && ReferenceEquals(expression, Uri)) expression = ShortUri;
        else if (isShort && ReferenceEquals(expression, Relative)) expression = ShortRest;
        return isKnown;
    }

    /// <summary>The format that a name was meant to be; null where it is another word.</summary>
    public static string? MeantBy(string name) =>
        s_formats.Keys.FirstOrDefault(format => format != name && string.Equals(Letters(format), Letters(name), StringComparison.OrdinalIgnoreCase));

    private static string Letters(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit));
}
