namespace Geobuk.Compute.Accounting;

/// <summary>An attempt in the ledger and in the accounting of the engine that ran it.</summary>
/// <param name="Job">The job.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="Ledger">Device-seconds that the ledger says it held; null where it has none.</param>
/// <param name="Engine">Device-seconds by the engine's accounting; null where it has none.</param>
/// <param name="Problem">How the two disagree; null where they agree.</param>
public sealed record ReconciledAttempt(long Job, int Attempt, double? Ledger, double? Engine, string? Problem);
