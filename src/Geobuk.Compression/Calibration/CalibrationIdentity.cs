namespace Geobuk.Compression.Calibration;

/// <summary>What a compression was calibrated on.</summary>
/// <param name="Name">Of the texts.</param>
/// <param name="Tokens">Tokens that were read.</param>
/// <param name="Sha256">Of the token ids, or of the statistics where only they are known; lowercase hexadecimal.</param>
public sealed record CalibrationIdentity(string Name, long Tokens, string Sha256);
