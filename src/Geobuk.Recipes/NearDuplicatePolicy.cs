namespace Geobuk.Recipes;

/// <summary>What becomes of a document that is nearly equal to another.</summary>
public enum NearDuplicatePolicy
{
    /// <summary>It is left out, where neither is a statute.</summary>
    Drop,
    /// <summary>It is kept and reported.</summary>
    Report,
    /// <summary>Nothing is compared.</summary>
    Ignore,
}
