using System.Text.RegularExpressions;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Architecture;

/// <summary>The project's own files, as text.</summary>
internal static partial class Sources
{
    /// <summary>Every C# file below src, with '/' and relative to the repository.</summary>
    public static IReadOnlyDictionary<string, string> Code { get; } = Directory.EnumerateFiles(TestPaths.Repository("src"), "*.cs", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(TestPaths.Repository(), path).Replace('\\', '/'), File.ReadAllText);

    /// <summary>Text of the file that declares a type, by type name.</summary>
    public static IReadOnlyDictionary<string, string> Types { get; } = Code.Values
        .SelectMany(text => Declaration().Matches(text).Select(match => (Name: match.Groups["name"].Value, text)))
        .GroupBy(pair => pair.Name).ToDictionary(group => group.Key, group => string.Join('\n', group.Select(pair => pair.text)));

    /// <summary>Project files below src, by assembly.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } = Directory.EnumerateFiles(TestPaths.Repository("src"), "*.csproj", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetFileNameWithoutExtension(path), path => path);

    /// <summary>Fails with every complaint on its own line.</summary>
    public static void AssertNone(IEnumerable<string?> complaints)
    {
        var all = complaints.ToArray();
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    [GeneratedRegex(@"^\s*(?:(?:public|internal|private|protected|static|sealed|abstract|readonly|partial|unsafe|file|ref)\s+)*(?:class|record\s+struct|record|struct|interface|enum|delegate\s+\S+)\s+(?<name>[A-Z]\w*)", RegexOptions.Multiline)]
    public static partial Regex Declaration();
}
