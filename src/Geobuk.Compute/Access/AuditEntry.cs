namespace Geobuk.Compute.Access;

/// <summary>A change and who made it.</summary>
/// <param name="At">Seconds since 1970.</param>
/// <param name="Who">Name of the key.</param>
/// <param name="Action">What was done or refused.</param>
/// <param name="Subject">To what.</param>
/// <param name="Detail">Anything else.</param>
public sealed record AuditEntry(double At, string Who, string Action, string Subject, string Detail);
