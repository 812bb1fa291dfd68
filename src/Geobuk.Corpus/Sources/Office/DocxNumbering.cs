using System.Globalization;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;
using Geobuk.Corpus.Sources.Hangul;

namespace Geobuk.Corpus.Sources.Office;

/// <summary>Automatic numbers of Word: %1 to %9 in a level's text stand for the numbers of the levels.</summary>
internal sealed class DocxNumbering
{
    private const int Levels = 9;
    private readonly Dictionary<string, int> _abstractOf = [];
    private readonly Dictionary<int, NumberingLevel[]> _levels = [];
    private readonly NumberingCounter _counter;

    public DocxNumbering() => _counter = new NumberingCounter(_levels);

    public static DocxNumbering Read(XmlReader reader, string path)
    {
        var numbering = new DocxNumbering();
        NumberingLevel[]? levels = null;
        string? number = null;
        var level = 0;
        while (SafeXml.Next(reader, path))
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                case "abstractNum":
                    numbering._levels[Id(reader, "abstractNumId")] = levels = [.. Enumerable.Repeat(new NumberingLevel("", NumberFormat.Digit, 1), Levels)];
                    break;
                case "lvl":
                    level = Math.Clamp(Id(reader, "ilvl"), 0, Levels - 1);
                    break;
                case "start" when levels is not null:
                    levels[level] = levels[level] with { Start = Math.Clamp(DocxReader.Number(reader), 0, 1_000_000) };
                    break;
                case "numFmt" when levels is not null:
                    levels[level] = levels[level] with { Format = FormatOf(DocxReader.Value(reader)) };
                    break;
                case "lvlText" when levels is not null:
                    levels[level] = levels[level] with { Form = FormOf(DocxReader.Value(reader) ?? "") };
                    break;
                case "num":
                    levels = null;
                    number = reader.GetAttribute("numId", reader.NamespaceURI);
                    break;
                case "abstractNumId" when number is not null:
                    numbering._abstractOf[number] = DocxReader.Number(reader);
                    break;
            }
        }
        return numbering;
    }

    /// <summary>The next number of a list, or null where it is not defined.</summary>
    public string? Next(string id, int level) => _abstractOf.TryGetValue(id, out var definition) ? _counter.Next(definition, level) : null;

    private static int Id(XmlReader reader, string name) =>
        int.TryParse(reader.GetAttribute(name, reader.NamespaceURI), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : -1;

    private static string FormOf(string text) => text.Length == 1 ? BulletText.Of(text[0]) : text.Replace('%', '^');

    private static NumberFormat FormatOf(string? name) => name switch
    {
        "decimalEnclosedCircle" => NumberFormat.CircledDigit,
        "upperRoman" => NumberFormat.RomanCapital,
        "lowerRoman" => NumberFormat.RomanSmall,
        "upperLetter" => NumberFormat.LatinCapital,
        "lowerLetter" => NumberFormat.LatinSmall,
        "ganada" => NumberFormat.HangulSyllable,
        "chosung" => NumberFormat.HangulJamo,
        "koreanDigital" or "koreanCounting" or "koreanLegal" => NumberFormat.HangulPhonetic,
        "ideographDigital" or "japaneseCounting" or "chineseCounting" => NumberFormat.Ideograph,
        _ => NumberFormat.Digit,
    };
}
