using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Geobuk.EndToEnd.Tests.Architecture;

/// <summary>Who may reference whom. An assembly exists to forbid a reference; these tests are what forbids it.</summary>
public sealed partial class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Geobuk.Models"] = [],
        ["Geobuk.Inference"] = ["Geobuk.Models"],
        ["Geobuk.Recipes"] = ["Geobuk.Models"],
        ["Geobuk.Corpus"] = ["Geobuk.Recipes"],
        ["Geobuk.Training"] = ["Geobuk.Corpus"],
        ["Geobuk.Compression"] = ["Geobuk.Training", "Geobuk.Inference"],
        ["Geobuk.Evaluation"] = ["Geobuk.Recipes", "Geobuk.Inference"],
        ["Geobuk.Compute"] = ["Geobuk.Recipes"],
        ["Geobuk.Server"] = ["Geobuk.Inference", "Geobuk.Compute"],
        ["Geobuk.Extensions.AI"] = ["Geobuk.Inference"],
        ["Geobuk.Cli"] = ["Geobuk.Models", "Geobuk.Inference", "Geobuk.Recipes", "Geobuk.Corpus", "Geobuk.Training", "Geobuk.Compression", "Geobuk.Evaluation", "Geobuk.Compute", "Geobuk.Server"],
    };

    private static readonly string[] Torch = ["TorchSharp", "libtorch-cpu-linux-x64", "libtorch-cpu-win-x64"];

    [Fact]
    public void ProjectReferences_OfEveryAssembly_StandInTheTable()
    {
        var forbidden = Sources.Projects.SelectMany(project => References(project.Value, "ProjectReference")
            .Where(reference => !Allowed.TryGetValue(project.Key, out var allowed) || !allowed.Contains(reference))
            .Select(reference => $"{project.Key} must not reference {reference}"));

        Sources.AssertNone(forbidden);
    }

    [Fact]
    public void Projects_BelowSrc_StandInTheTable() => Sources.AssertNone(Sources.Projects.Keys.Except(Allowed.Keys));

    [Fact]
    public void Torch_IsReferencedByTrainingOnly()
    {
        var forbidden = Sources.Projects.Where(project => project.Key != "Geobuk.Training")
            .SelectMany(project => References(project.Value, "PackageReference").Intersect(Torch).Select(package => $"{project.Key} must not reference {package}"));

        Sources.AssertNone(forbidden);
    }

    [Theory]
    [InlineData("Geobuk.Server")]
    [InlineData("Geobuk.Inference")]
    [InlineData("Geobuk.Evaluation")]
    public void Assemblies_ThatServe_NeverReachTorch(string assembly) => Assert.DoesNotContain("Geobuk.Training", Closure(assembly));

    [Fact]
    public void Folders_OfOneAssembly_NeverDependOnEachOtherBothWays()
    {
        var edges = Sources.Code.SelectMany(file => FolderEdges(file.Key, file.Value)).ToLookup(edge => (edge.From, edge.To), edge => edge.File);
        var both = edges.Select(group => group.Key)
            .Where(edge => string.CompareOrdinal(edge.From, edge.To) < 0 && edges.Contains((edge.To, edge.From)))
            .Select(edge => $"{edge.From} and {edge.To} must not depend on each other: {edges[edge].First()} and {edges[(edge.To, edge.From)].First()}");

        Sources.AssertNone(both);
    }

    [Fact]
    public void FolderEdges_OfACodeFile_AreItsUsings()
    {
        var edges = FolderEdges("src/Geobuk.X/A/File.cs", "using Geobuk.X.B;\nusing Geobuk.Y.C;\nusing static Geobuk.X.D.Type;\nnamespace Geobuk.X.A;\n");

        Assert.Equal(["Geobuk.X.B", "Geobuk.X.D"], edges.Select(edge => edge.To));
    }

    [Fact]
    public void Namespaces_OfEveryFile_FollowTheFolders()
    {
        var wrong = Sources.Code.Where(file => Namespace().Match(file.Value) is { Success: true } match && match.Groups[1].Value != NamespaceOf(file.Key))
            .Select(file => $"{file.Key} must be in the namespace {NamespaceOf(file.Key)}");

        Sources.AssertNone(wrong);
    }

    /// <summary>Namespaces above one another see each other by the language's rules and do not count.</summary>
    private static IEnumerable<(string From, string To, string File)> FolderEdges(string file, string text)
    {
        var (assembly, from) = (file.Split('/')[1], NamespaceOf(file));
        return Using().Matches(text).Select(match => match.Groups["static"].Success ? match.Groups[1].Value[..match.Groups[1].Value.LastIndexOf('.')] : match.Groups[1].Value)
            .Where(to => to.StartsWith(assembly + ".", StringComparison.Ordinal) && !IsAbove(to, from) && !IsAbove(from, to))
            .Select(to => (from, to, file));
    }

    private static bool IsAbove(string a, string b) => b == a || b.StartsWith(a + ".", StringComparison.Ordinal);

    private static string NamespaceOf(string file) => file["src/".Length..file.LastIndexOf('/')].Replace('/', '.');

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(project).Descendants(kind).Select(element => (string)element.Attribute("Include")!)
            .Select(include => kind == "ProjectReference" ? Path.GetFileNameWithoutExtension(include.Replace('\\', '/')) : include);

    private static HashSet<string> Closure(string assembly)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>([assembly]);
        while (open.TryPop(out var next))
            if (found.Add(next))
                foreach (var reference in References(Sources.Projects[next], "ProjectReference")) open.Push(reference);
        return found;
    }

    [GeneratedRegex(@"^using (?<static>static )?(?:\w+ = )?(Geobuk\.[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
