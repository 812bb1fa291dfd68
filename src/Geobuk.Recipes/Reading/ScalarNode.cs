using System.Globalization;
using System.Text.RegularExpressions;

namespace Geobuk.Recipes.Reading;

/// <summary>A scalar. Unquoted, its type follows YAML 1.2's core schema; quoted, it is text.</summary>
internal sealed partial record ScalarNode(string Text, bool Quoted) : RecipeNode
{
    private const int ShownCharacters = 80;

    public override string Shown => Quoted ? $"\"{Shortened}\"" : Text.Length == 0 ? "empty" : Shortened;

    public bool IsNull => !Quoted && Text is "null" or "Null" or "NULL" or "~";

    public bool? AsBool => Quoted ? null : Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <summary>Written as a whole number, however large.</summary>
    public bool IsWhole => !Quoted && Whole().IsMatch(Text);

    /// <summary>The whole number, if it fits.</summary>
    public long? AsWhole => IsWhole && long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>A finite number, whole or with a fraction or an exponent.</summary>
    public double? AsNumber => !Quoted && Number().IsMatch(Text)
        && double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    /// <summary>The text, unless YAML reads something else in it.</summary>
    public string? AsText => Quoted || (Text.Length > 0 && !IsNull && AsBool is null && !Number().IsMatch(Text)) ? Text : null;

    private string Shortened => Text.Length <= ShownCharacters ? Text : Text[..ShownCharacters] + "...";

    [GeneratedRegex(@"\A[-+]?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Number();
}
