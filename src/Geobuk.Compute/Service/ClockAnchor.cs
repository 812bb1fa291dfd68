namespace Geobuk.Compute.Service;

/// <summary>What time it was at a point of the machine's own counter, which no setting of its clock moves.</summary>
/// <param name="Boot">Since which start of which machine the counter counts.</param>
/// <param name="Timestamp">The counter (<see cref="TimeProvider.GetTimestamp"/>).</param>
/// <param name="Time">Seconds since 1970.</param>
internal sealed record ClockAnchor(string Boot, long Timestamp, double Time);
