namespace Geobuk.Recipes.Reading;

/// <summary>A value of the YAML with the place it came from: a file and line, or an override on the command line.</summary>
internal abstract record RecipeNode
{
    /// <summary>How a message shows the value.</summary>
    public abstract string Shown { get; }
}

/// <summary>The lists and mappings below it are shown by their kind only.</summary>
internal sealed record ListNode(IReadOnlyList<PlacedNode> Items) : RecipeNode
{
    public override string Shown => "a list";
}

/// <summary>Keys in the order of the file.</summary>
internal sealed record MappingNode(Dictionary<string, PlacedNode> Entries) : RecipeNode
{
    public override string Shown => "a group of keys";
}

/// <summary>A value and the place of its key.</summary>
internal readonly record struct PlacedNode(string Place, RecipeNode Value);
