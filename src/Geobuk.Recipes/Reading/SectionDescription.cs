using System.Reflection;

namespace Geobuk.Recipes.Reading;

/// <summary>The keys of one config record, in the order of its properties.</summary>
internal sealed class SectionDescription(Type type)
{
    /// <summary>The whole recipe.</summary>
    public static SectionDescription Root { get; } = new(typeof(Recipe));

    public Type Type { get; } = type;

    public IReadOnlyList<KeyDescription> Keys { get; } =
    [
        .. type.GetProperties()
            .Select(property => (property, limits: property.GetCustomAttribute<RecipeKeyAttribute>()))
            .Where(pair => pair.limits is not null)
            .Select(pair => new KeyDescription(pair.property, pair.limits!)),
    ];

    /// <summary>Paths of the keys with this name in this section and below: "train.learning_rate".</summary>
    public IEnumerable<string> PathsOf(string name, string prefix = "") =>
        Keys.SelectMany(key => (key.Name == name ? [prefix + name] : Array.Empty<string>())
            .Concat(key.Section?.PathsOf(name, $"{prefix}{key.Name}.") ?? []));
}
