namespace Geobuk.Models.ChatTemplates;

/// <summary>Values of arguments.</summary>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    /// <summary>No arguments.</summary>
    public static CallArguments None { get; } = new([], new Dictionary<string, object?>());

    /// <summary>The argument at a position or of a name; otherwise <paramref name="otherwise"/>.</summary>
    public object? Get(int index, string name, object? otherwise = null) =>
        index < Positional.Count ? Positional[index] : Named.TryGetValue(name, out var value) ? value : otherwise;

    /// <summary>Whether it was given.</summary>
    public bool Has(int index, string name) => index < Positional.Count || Named.ContainsKey(name);
}
