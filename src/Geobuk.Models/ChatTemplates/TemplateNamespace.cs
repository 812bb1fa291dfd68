namespace Geobuk.Models.ChatTemplates;

/// <summary>What namespace() makes: the one value whose attributes a template may set.</summary>
internal sealed class TemplateNamespace
{
    /// <summary>Attributes by name.</summary>
    public Dictionary<string, object?> Values { get; } = new(StringComparer.Ordinal);
}
