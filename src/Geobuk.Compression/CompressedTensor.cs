namespace Geobuk.Compression;

/// <summary>One tensor of a light file.</summary>
/// <param name="Name">GGUF name.</param>
/// <param name="Type">ggml's name of the type.</param>
/// <param name="Bytes">Bytes of its data.</param>
/// <param name="Fallback">Why the type is not the wanted one; null where it is.</param>
/// <param name="Error">Root mean square of the difference to the original, over that of the original.</param>
/// <param name="Sha256">Digest of its data, lowercase hexadecimal.</param>
public sealed record CompressedTensor(string Name, string Type, long Bytes, string? Fallback, double Error, string Sha256);
