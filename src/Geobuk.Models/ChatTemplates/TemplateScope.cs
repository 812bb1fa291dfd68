namespace Geobuk.Models.ChatTemplates;

/// <summary>Names and their values, inside another scope or at the top.</summary>
internal sealed class TemplateScope(TemplateScope? outer)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>The scope around this one.</summary>
    public TemplateScope? Outer => outer;

    /// <summary>The value of a name, innermost first; undefined where there is none.</summary>
    public object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._values.TryGetValue(name, out var value)) return value;
        return new Undefined(name);
    }

    /// <summary>Sets a name here.</summary>
    public void Set(string name, object? value) => _values[name] = value;

    /// <summary>Forgets every name, for the next turn of a loop.</summary>
    public void Clear() => _values.Clear();
}
