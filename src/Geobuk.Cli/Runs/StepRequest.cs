using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>
/// Everything that a step's process needs, written to the run folder before it starts. The recipe is the resolved one, so
/// that an edit of the file between two steps changes nothing in a run that is under way.
/// </summary>
internal sealed record StepRequest
{
    public required string Step { get; init; }
    public required Recipe Recipe { get; init; }
    /// <summary>Full path of the artifact store.</summary>
    public required string Store { get; init; }
    /// <summary>SHA-256 over part, seed, parents, inputs and step version.</summary>
    public required string Fingerprint { get; init; }
    /// <summary>Artifact id by parent step.</summary>
    public required IReadOnlyDictionary<string, string> Parents { get; init; }
    /// <summary>SHA-256 of the content by path.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }
    /// <summary>The command line that asked for it, for the report; not part of the fingerprint.</summary>
    public string Command { get; init; } = "";
    /// <summary>Do it again even if the artifact exists.</summary>
    public bool Redo { get; init; }

    /// <summary>Id and folder name of the artifact.</summary>
    public string Artifact => ArtifactStore.IdOf(Step, Fingerprint);

    /// <summary>Works out what a step depends on.</summary>
    /// <param name="definition">The step.</param>
    /// <param name="recipe">The recipe; it has the step.</param>
    /// <param name="store">The artifact store.</param>
    /// <param name="finished">Artifact id of every earlier step of this run.</param>
    /// <param name="cancellation">Stops the hashing of inputs.</param>
    public static StepRequest Create(
        StepDefinition definition, Recipe recipe, ArtifactStore store, IReadOnlyDictionary<string, string> finished, CancellationToken cancellation)
    {
        var parents = definition.Parents.Where(finished.ContainsKey).ToDictionary(step => step, step => finished[step]);
        var inputs = definition.Inputs(recipe).Distinct().ToDictionary(path => path, path => ContentHash.Of(path, cancellation));
        var identity = new { definition.Name, definition.Version, Part = definition.Part(recipe), recipe.Seed, Parents = parents, Inputs = inputs };
        return new StepRequest
        {
            Step = definition.Name,
            Recipe = recipe,
            Store = store.Folder,
            Fingerprint = RecipeJson.Fingerprint(identity),
            Parents = parents,
            Inputs = inputs,
        };
    }
}
