using System.Text.RegularExpressions;

namespace Geobuk.Recipes.Reading;

/// <summary>Fills config records from the tree, guided by the descriptions, and collects every problem on the way.</summary>
/// <param name="paths">Whether paths must exist, and what must be there.</param>
/// <param name="problems">Receives the messages.</param>
internal sealed class SectionReader(PathCheck paths, List<string> problems)
{
    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wrong = new(StringComparer.Ordinal);

    /// <summary>Place of the key or, where it is not given, of the nearest group above it.</summary>
    public string PlaceOf(string path)
    {
        while (!_places.ContainsKey(path) && path.Length > 0)
            path = path.Contains('.', StringComparison.Ordinal) ? path[..path.LastIndexOf('.')] : "";
        return _places[path];
    }

    /// <summary>Whether the key, or a group it is in, already has a message.</summary>
    public bool IsWrong(string path) => _wrong.Any(wrong => path == wrong || path.StartsWith(wrong + ".", StringComparison.Ordinal));

    /// <summary>Reads a group of keys; <paramref name="path"/> is "" for the whole recipe.</summary>
    /// <returns>A new instance of the section's record; keys with a problem keep their default.</returns>
    public object Read(PlacedNode node, SectionDescription section, string path)
    {
        _places[path] = node.Place;
        var result = Activator.CreateInstance(section.Type)!;
        if (node.Value is not MappingNode mapping)
        {
            Report(node.Place, path, $"{(path.Length == 0 ? "the recipe" : path)} is {node.Value.Shown}; expected a group of keys.");
            return result;
        }
        foreach (var (name, entry) in mapping.Entries)
            if (section.Keys.All(key => key.Name != name))
                ReportUnknown(entry.Place, path, name, section);
        foreach (var key in section.Keys)
        {
            var keyPath = path.Length == 0 ? key.Name : $"{path}.{key.Name}";
            if (mapping.Entries.TryGetValue(key.Name, out var entry)) ReadKey(entry, key, keyPath, result);
            else if (key.MustBeGiven) Report(node.Place, keyPath, $"{keyPath} is missing; expected {key.ExpectedKind}.{Advice(key)}");
        }
        return result;
    }

    private void ReadKey(PlacedNode node, KeyDescription key, string path, object target)
    {
        _places[path] = node.Place;
        if (key.MayBeNull && node.Value is ScalarNode { IsNull: true })
        {
            key.Property.SetValue(target, null);
            return;
        }
        var value = key.Kind switch
        {
            ValueKind.Section => Read(node, key.Section!, path),
            ValueKind.TextList => ReadList(node, key, path),
            ValueKind.TextMap => ReadMap(node, key, path),
            _ => ReadScalar(node, key, path),
        };
        if (value is not null && !_wrong.Contains(path)) key.Property.SetValue(target, value);
    }

    private object? ReadScalar(PlacedNode node, KeyDescription key, string path)
    {
        var scalar = node.Value as ScalarNode;
        return key.Kind switch
        {
            ValueKind.Bool => scalar?.AsBool ?? WrongKind(node, key, path),
            ValueKind.Whole => scalar is { IsWhole: true } ? Whole(node, scalar, key, path) : WrongKind(node, key, path),
            ValueKind.Number => scalar?.AsNumber is { } number ? InRange(node, number, number, key, path) : WrongKind(node, key, path),
            _ => scalar?.AsText is { } text ? Text(node, text, key, path) : WrongKind(node, key, path),
        };
    }

    private object? Whole(PlacedNode node, ScalarNode scalar, KeyDescription key, string path)
    {
        if (scalar.AsWhole is not { } whole) return OutOfRange(node, key, path);
        var fits = key.ValueType == typeof(long) || whole is >= int.MinValue and <= int.MaxValue;
        if (!fits) return OutOfRange(node, key, path);
        return InRange(node, whole, key.ValueType == typeof(long) ? whole : (object)(int)whole, key, path);
    }

    private object? InRange(PlacedNode node, double number, object value, KeyDescription key, string path) =>
        key.InRange(number) ? value : OutOfRange(node, key, path);

    private object? Text(PlacedNode node, string text, KeyDescription key, string path)
    {
        if (key.Choices.Count > 0) return Choice(node, text, key, path);
        if (key.Limits.Pattern.Length > 0 && !Regex.IsMatch(text, $@"\A(?:{key.Limits.Pattern})\z"))
            return Report(node.Place, path, $"{path} is {node.Value.Shown}; expected {key.ExpectedKind}.{Advice(key)}");
        return PathIsFine(node.Place, text, key, path) ? text : null;
    }

    private object? Choice(PlacedNode node, string text, KeyDescription key, string path)
    {
        if (!key.Choices.Contains(text, StringComparer.Ordinal))
        {
            var nearest = NearestWord.Find(text, key.Choices);
            return Report(node.Place, path, $"{path} is {node.Value.Shown}; expected {key.ExpectedChoice}."
                + (nearest is null ? Advice(key) : $" Did you mean {nearest}?"));
        }
        return key.ValueType.IsEnum ? Enum.Parse(key.ValueType, Enum.GetNames(key.ValueType).First(name => KeyDescription.NameOf(name) == text)) : text;
    }

    private object? ReadList(PlacedNode node, KeyDescription key, string path)
    {
        if (node.Value is not ListNode list) return WrongKind(node, key, path);
        if (list.Items.Count < key.Limits.MinimumItems)
            return Report(node.Place, path, $"{path} is an empty list; expected {key.ExpectedKind}, with at least {key.Limits.MinimumItems}.{Advice(key)}");
        var before = problems.Count;
        var texts = new List<string>();
        foreach (var item in list.Items) ReadItem(item, key, path, texts);
        if (problems.Count == before) return texts.ToArray();
        _wrong.Add(path);
        return null;
    }

    private void ReadItem(PlacedNode item, KeyDescription key, string path, List<string> texts)
    {
        var text = (item.Value as ScalarNode)?.AsText;
        if (string.IsNullOrEmpty(text))
            Report(item.Place, path, $"{path} has the item {item.Value.Shown}; expected {(key.Limits.Path == PathKind.None ? "a word" : "a path")}. Put it in quotes if it looks like a number.");
        else if (texts.Contains(text))
            Report(item.Place, path, $"{path} has the item {item.Value.Shown} twice; expected it once. Remove one.");
        else if (key.Choices.Count > 0 && !key.Choices.Contains(text, StringComparer.Ordinal))
            Report(item.Place, path, $"{path} has the item {item.Value.Shown}; expected {key.ExpectedChoice}.{Suggestion(text, key.Choices)}");
        else if (PathIsFine(item.Place, text, key, path))
            texts.Add(text);
    }

    private object? ReadMap(PlacedNode node, KeyDescription key, string path)
    {
        if (node.Value is not MappingNode mapping) return WrongKind(node, key, path);
        var before = problems.Count;
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, entry) in mapping.Entries)
        {
            if ((entry.Value as ScalarNode)?.AsText is { } text && Regex.IsMatch(text, $@"\A(?:{key.Limits.Pattern})\z")) texts[name] = text;
            else Report(entry.Place, path, $"{path}: {name} has {entry.Value.Shown}; expected {key.Limits.PatternText}.{Advice(key)}");
        }
        return problems.Count == before ? texts : null;
    }

    private bool PathIsFine(string place, string text, KeyDescription key, string path)
    {
        var problem = key.Limits.Path == PathKind.None ? null : paths.Problem(text, key.Limits.Path);
        if (problem is not null) Report(place, path, $"{path} {problem}");
        return problem is null;
    }

    private object? WrongKind(PlacedNode node, KeyDescription key, string path)
    {
        var numberAsText = key.Kind == ValueKind.Text && node.Value is ScalarNode { Quoted: false, Text.Length: > 0 };
        return Report(node.Place, path, $"{path} is {node.Value.Shown}; expected {key.ExpectedKind}."
            + (numberAsText ? " Put it in quotes if it is meant as text." : Advice(key)));
    }

    private object? OutOfRange(PlacedNode node, KeyDescription key, string path) =>
        Report(node.Place, path, $"{path} is {node.Value.Shown}; expected {key.ExpectedRange}.{Advice(key)}");

    private void ReportUnknown(string place, string path, string name, SectionDescription section)
    {
        var group = path.Length == 0 ? "the recipe" : path;
        var nearest = NearestWord.Find(name, section.Keys.Select(key => key.Name));
        var elsewhere = SectionDescription.Root.PathsOf(name).FirstOrDefault();
        var advice = elsewhere is not null ? $" {name} belongs at {elsewhere}."
            : nearest is not null ? $" Did you mean {nearest}?"
            : " Remove it.";
        problems.Add($"{place}: {(path.Length == 0 ? "" : path + ".")}{name} is not a key; expected a key of {group}: "
            + $"{string.Join(", ", section.Keys.Select(key => key.Name))}.{advice}");
    }

    private object? Report(string place, string path, string message)
    {
        problems.Add($"{place}: {message}");
        _wrong.Add(path);
        return null;
    }

    private static string Suggestion(string text, IReadOnlyList<string> choices) =>
        NearestWord.Find(text, choices) is { } nearest ? $" Did you mean {nearest}?" : "";

    private static string Advice(KeyDescription key) => key.Limits.Advice.Length == 0 ? "" : $" {key.Limits.Advice}";
}
