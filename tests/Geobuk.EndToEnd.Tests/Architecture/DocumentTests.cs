using System.Text.RegularExpressions;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Architecture;

/// <summary>What the documents name exists.</summary>
public sealed partial class DocumentTests
{
    private const int LongestMap = 150;

    // Made by using the program, so not in the repository.
    private static readonly string[] Made = ["runs/", "artifacts/", "data/"];

    public static TheoryData<string> Documents => ["ARCHITECTURE.md", "README.md"];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_NamesInBackTicks_Exist(string document)
    {
        var missing = BackTicked().Matches(File.ReadAllText(TestPaths.Repository(document)))
            .Select(match => match.Groups[1].Value).Distinct().Select(Complaint).Where(complaint => complaint is not null);

        Sources.AssertNone(missing);
    }

    [Fact]
    public void Architecture_FitsOnAFewScreens() => Assert.InRange(File.ReadAllLines(TestPaths.Repository("ARCHITECTURE.md")).Length, 30, LongestMap);

    [Theory]
    [InlineData("src/Geobuk.Nowhere", "src/Geobuk.Nowhere is not a path of the repository")]
    [InlineData("NoSuchType", "NoSuchType is not a type")]
    [InlineData("Recipe.NoSuchMember", "Recipe.NoSuchMember is not a member of Recipe")]
    [InlineData("src/Geobuk.Recipes/Recipe.cs", null)]
    [InlineData("Recipe.Seed", null)]
    [InlineData("Geobuk.Recipes", null)]
    [InlineData("runs/quickstart/report.html", null)]
    [InlineData("geobuk run recipes/none.yaml", null)]
    [InlineData("Q4_K_M", null)]
    public void Complaint_Names_TellsWhatIsMissing(string name, string? expected) => Assert.Equal(expected, Complaint(name));

    /// <summary>What is wrong with a back-ticked word; null where it exists or is neither a path nor a type.</summary>
    private static string? Complaint(string text)
    {
        if (PathLike().IsMatch(text))
        {
            var path = text.StartsWith("./", StringComparison.Ordinal) ? text[2..] : text;
            return Made.Any(made => path.StartsWith(made, StringComparison.Ordinal)) || Path.Exists(TestPaths.Repository(path)) ? null : $"{text} is not a path of the repository";
        }
        if (!TypeLike().IsMatch(text) || Sources.Projects.ContainsKey(text) || IsPackage(text)) return null;
        var parts = text.Split('.');
        if (!Sources.Types.TryGetValue(parts[0], out var declaration)) return $"{text} is not a type";
        return parts.Length == 1 || Regex.IsMatch(declaration, $@"\b{parts[1]}\b") ? null : $"{text} is not a member of {parts[0]}";
    }

    private static bool IsPackage(string name) => File.ReadAllText(TestPaths.Repository("Directory.Packages.props")).Contains($"\"{name}\"", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<!`)`([^`\n]+)`(?!`)")]
    private static partial Regex BackTicked();

    [GeneratedRegex(@"^(?:\./)?[\w.\-]+(?:/[\w.\-]*)+$|^[\w\-]+\.(?:md|yaml|cs|json|props|slnx|csproj)$")]
    private static partial Regex PathLike();

    [GeneratedRegex(@"^[A-Z][a-z0-9]+[A-Za-z0-9]*(?:\.[A-Z]\w+)*$")]
    private static partial Regex TypeLike();
}
