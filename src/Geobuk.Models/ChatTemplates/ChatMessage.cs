namespace Geobuk.Models.ChatTemplates;

/// <summary>One turn of a chat.</summary>
/// <param name="Role">system, user, assistant or tool.</param>
/// <param name="Content">Its text; data, never template code.</param>
public sealed record ChatMessage(string Role, string Content);
