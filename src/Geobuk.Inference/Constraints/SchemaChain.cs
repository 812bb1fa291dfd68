namespace Geobuk.Inference.Constraints;

/// <summary>The schemas that lead to one at the same place of a text, innermost first.</summary>
/// <param name="Path">The schema's place.</param>
/// <param name="Outer">What led to it.</param>
internal sealed record SchemaChain(string Path, SchemaChain? Outer)
{
    /// <summary>How many.</summary>
    public int Length { get; } = (Outer?.Length ?? 0) + 1;

    /// <summary>Whether a schema is among them.</summary>
    public bool Contains(string path)
    {
        for (var chain = this; chain is not null; chain = chain.Outer)
            if (chain.Path == path) return true;
        return false;
    }
}
