using System.CommandLine;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes.Schema;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk schema</c>: the JSON schema of the recipe, for editors.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var target = new Option<string>("--out") { Description = "The file to write.", HelpName = "FILE", DefaultValueFactory = _ => Path.Combine("recipes", "recipe.schema.json") };
        return Verb.Create("schema", "Write the JSON schema of the recipe, for completion and checks in editors.",
            "geobuk schema --out recipes/recipe.schema.json", [target], (arguments, output, _) =>
            {
                var path = arguments.GetRequiredValue(target);
                if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
                AtomicFile.WriteText(path, RecipeSchema.Export());
                output.Result(new { Schema = path }, console => console.WriteLine(path));
                return Task.FromResult(ExitCode.Done);
            });
    }
}
