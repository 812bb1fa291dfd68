using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>One step of the chain: what it depends on, and how it is done.</summary>
internal sealed record StepDefinition
{
    /// <summary>Names the step on the command line and its artifacts.</summary>
    public required string Name { get; init; }
    /// <summary>What the run's folder calls the step's artifact; null calls it by the step's name.</summary>
    public string? Link { get; init; }
    /// <summary>Raised when the step's code gives other results for the same input, so that old artifacts no longer count.</summary>
    public int Version { get; init; } = 1;
    /// <summary>Whether the step continues from what an interrupted attempt left in its work folder.</summary>
    public bool Resumable { get; init; }
    /// <summary>Steps whose artifacts it reads; those that the recipe leaves out are ignored.</summary>
    public IReadOnlyList<string> Parents { get; init; } = [];
    /// <summary>The part of the recipe that decides the result; null where the recipe leaves the step out.</summary>
    public required Func<Recipe, object?> Part { get; init; }
    /// <summary>Files and folders outside the store that it reads; their content is hashed.</summary>
    public Func<Recipe, IReadOnlyList<string>> Inputs { get; init; } = _ => [];
    /// <summary>Whether it computes on the device of --device.</summary>
    public bool OnDevice { get; init; }
    /// <summary>Processes that do the step together.</summary>
    public Func<Recipe, int> Workers { get; init; } = _ => 1;
    /// <summary>Does the work.</summary>
    public required Action<StepContext> Run { get; init; }
}
