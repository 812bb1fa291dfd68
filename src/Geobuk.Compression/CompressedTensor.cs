namespace Geobuk.Compression;

/// <summary>One tensor of a light file.</summary>
/// <param name="Name">GGUF name.</param>
/// <param name="Type">ggml's name of the type.</param>
/// <param name="Bytes">Bytes of its data.</param>
/// <param name="Fallback">Why the type is not the preset's; null where it is.</param>
public sealed record CompressedTensor(string Name, string Type, long Bytes, string? Fallback);
