namespace Geobuk.Recipes;

/// <summary>What becomes of supplementary provisions (부칙), a quarter of all statute text.</summary>
public enum SupplementPolicy
{
    /// <summary>They stay.</summary>
    Keep,
    /// <summary>Their lines that stood in a supplement before are cut.</summary>
    DropRepeated,
    /// <summary>They are cut.</summary>
    Drop,
}
