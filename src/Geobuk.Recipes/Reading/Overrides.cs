using Geobuk.Models;

namespace Geobuk.Recipes.Reading;

/// <summary>Lays <c>--set a.b=v</c> over the tree; the value is YAML, and its place is the option itself.</summary>
internal static class Overrides
{
    /// <summary>Later overrides win over earlier ones and over the file.</summary>
    public static void Apply(MappingNode root, IReadOnlyList<string> overrides, List<string> problems)
    {
        foreach (var text in overrides) Apply(root, text, problems);
    }

    private static void Apply(MappingNode root, string text, List<string> problems)
    {
        var place = $"--set {text}";
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var path = equals < 0 ? [] : text[..equals].Trim().Split('.');
        if (path.Length == 0 || path.Any(string.IsNullOrWhiteSpace))
        {
            problems.Add($"{place}: no key and value; expected key=value. Write --set train.epochs=2.");
            return;
        }
        var target = Descend(root, path, place, problems);
        if (target is null) return;
        try
        {
            target.Entries[path[^1]] = YamlTree.Parse(text[(equals + 1)..], _ => place, problems) with { Place = place };
        }
        catch (UserInputException fault)
        {
            problems.AddRange(fault.Problems);
        }
    }

    /// <summary>Walks to the group that holds the key, creating what the file leaves out.</summary>
    private static MappingNode? Descend(MappingNode root, string[] path, string place, List<string> problems)
    {
        var group = root;
        for (var i = 0; i < path.Length - 1; i++)
        {
            var present = group.Entries.TryGetValue(path[i], out var entry);
            if (!present || entry.Value is ScalarNode { IsNull: true })
            {
                entry = new PlacedNode(place, new MappingNode(new Dictionary<string, PlacedNode>(StringComparer.Ordinal)));
                group.Entries[path[i]] = entry;
            }
            if (entry.Value is not MappingNode next)
            {
                problems.Add($"{place}: {string.Join('.', path[..(i + 1)])} is {entry.Value.Shown}; expected a group of keys. Set the whole value instead.");
                return null;
            }
            group = next;
        }
        return group;
    }
}
