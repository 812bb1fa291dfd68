namespace Geobuk.Inference.Chat;

/// <summary>A call that a model asks for.</summary>
/// <param name="Name">The tool's name as the model wrote it; it need not be one that was offered.</param>
/// <param name="Arguments">The arguments as JSON text.</param>
public sealed record ToolCallRequest(string Name, string Arguments);
