namespace Geobuk.Models.ChatTemplates;

/// <summary>The value of a name that nothing set: prints nothing, is false, and has no attributes.</summary>
internal sealed record Undefined(string Name);
