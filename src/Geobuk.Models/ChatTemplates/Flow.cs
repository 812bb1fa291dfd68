namespace Geobuk.Models.ChatTemplates;

/// <summary>What runs after a statement.</summary>
internal enum Flow
{
    /// <summary>The next statement.</summary>
    Next,
    /// <summary>The next turn of the loop.</summary>
    Continue,
    /// <summary>What follows the loop.</summary>
    Break,
}
