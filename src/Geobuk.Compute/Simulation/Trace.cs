namespace Geobuk.Compute.Simulation;

/// <summary>A trace.</summary>
/// <param name="Jobs">Its jobs in the order of submission, the first at zero.</param>
public sealed record Trace(IReadOnlyList<TraceJob> Jobs)
{
    /// <summary>When the first job was submitted, in seconds since 1970; null where the trace does not say.</summary>
    public double? Origin { get; init; }

    /// <summary>Processors of the machine that it was recorded on; null where the trace does not say.</summary>
    public int? Devices { get; init; }

    /// <summary>Nodes that an operator drained and resumed, in the order of time.</summary>
    public IReadOnlyList<TraceDrain> Drains { get; init; } = [];

    /// <summary>What was left out of it or is not known, for people.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}
