using System.CommandLine;

namespace Geobuk.Cli.Commands;

/// <summary>Arguments of the verbs that take a recipe.</summary>
internal static class RecipeOptions
{
    public static Argument<string> Recipe() => new("RECIPE") { Description = "The recipe, a YAML file." };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "Replace a value of the recipe: --set train.epochs=2. The value is YAML; give the option once per key.",
        HelpName = "key=value",
        DefaultValueFactory = _ => [],
    };

    public static Option<string> Runs() => new("--runs") { Description = "Folder of the runs and their artifacts.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
}
