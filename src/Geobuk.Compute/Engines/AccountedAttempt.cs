namespace Geobuk.Compute.Engines;

/// <summary>An attempt as the accounting of an engine of its own has it.</summary>
/// <param name="Job">The job.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="Devices">Devices it was given.</param>
/// <param name="Seconds">How long it had them.</param>
/// <param name="IsOver">Whether it has given them back.</param>
public sealed record AccountedAttempt(long Job, int Attempt, int Devices, double Seconds, bool IsOver);
