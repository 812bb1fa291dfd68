using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Geobuk.Recipes.Schema;

/// <summary>Summaries of the XML documentation, so that a key is described once, on its property.</summary>
internal sealed partial class SummaryTexts
{
    private readonly Dictionary<string, string> _texts;

    /// <summary>Reads the documentation file beside the assembly.</summary>
    public SummaryTexts(Assembly assembly) =>
        _texts = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value, member => Spaces().Replace(member.Element("summary")?.Value ?? "", " ").Trim());

    /// <summary>The summary of a property.</summary>
    public string Of(PropertyInfo property) => _texts.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    /// <summary>The summary of a type.</summary>
    public string Of(Type type) => _texts.GetValueOrDefault($"T:{type.FullName}", "");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
