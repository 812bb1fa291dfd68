namespace Geobuk.Compute.Engines;

/// <summary>For how long an attempt has held its devices without doing anything.</summary>
/// <param name="NowSeconds">Seconds up to the last look; 0 where it did something then.</param>
/// <param name="TotalSeconds">Seconds since it began, the mean of its workers.</param>
public readonly record struct Idleness(double NowSeconds, double TotalSeconds);
