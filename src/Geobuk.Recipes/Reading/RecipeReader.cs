using Geobuk.Models;

namespace Geobuk.Recipes.Reading;

/// <summary>From a YAML file to a validated <see cref="Recipe"/>.</summary>
public static class RecipeReader
{
    /// <summary>Reads a recipe; reports every mistake at once as <c>file:line: key is VALUE; expected …. advice</c>.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Values laid over the file, each <c>a.b=value</c> with the value in YAML.</param>
    /// <param name="checkPaths">Whether folders and files that the recipe names must exist.</param>
    /// <param name="bareModels">A model's folder may hold its config.json alone: enough to plan with.</param>
    /// <exception cref="UserInputException">The recipe cannot be used; one message per mistake.</exception>
    public static Recipe Load(string path, IReadOnlyList<string>? overrides = null, bool checkPaths = true, bool bareModels = false)
    {
        var problems = new List<string>();
        return Read(YamlTree.ReadFile(path, problems) with { Place = $"{path}:1" }, overrides ?? [], new PathCheck(checkPaths, bareModels), problems);
    }

    /// <summary>As <see cref="Load"/>, from text; <paramref name="name"/> stands for the file in messages.</summary>
    public static Recipe Parse(string yaml, string name, IReadOnlyList<string>? overrides = null, bool checkPaths = true)
    {
        var problems = new List<string>();
        var tree = YamlTree.Parse(yaml, line => $"{name}:{line}", problems) with { Place = $"{name}:1" };
        return Read(tree, overrides ?? [], new PathCheck(checkPaths, BareModels: false), problems);
    }

    private static Recipe Read(PlacedNode tree, IReadOnlyList<string> overrides, PathCheck paths, List<string> problems)
    {
        if (tree.Value is MappingNode root) Overrides.Apply(root, overrides, problems);
        var reader = new SectionReader(paths, problems);
        var recipe = (Recipe)reader.Read(tree, SectionDescription.Root, "");
        foreach (var rule in RecipeRule.All)
            if (!reader.IsWrong("") && !rule.Others.Append(rule.Key).Any(reader.IsWrong) && rule.Problem(recipe) is { } problem)
                problems.Add($"{reader.PlaceOf(rule.Key)}: {problem}");
        return problems.Count == 0 ? recipe : throw new UserInputException(InFileOrder(problems));
    }

    /// <summary>By line, as an editor walks through them; overrides last.</summary>
    private static string[] InFileOrder(List<string> problems) => [.. problems.OrderBy(LineOf)];

    private static int LineOf(string problem)
    {
        var place = problem.Split(": ", 2)[0];
        return int.TryParse(place[(place.LastIndexOf(':') + 1)..], out var line) ? line : int.MaxValue;
    }
}
