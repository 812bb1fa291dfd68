namespace Geobuk.Cli.Runs;

/// <summary>One file of an artifact.</summary>
/// <param name="Path">Relative, with '/'.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">Of the content.</param>
internal sealed record ManifestFile(string Path, long Bytes, string Sha256);
