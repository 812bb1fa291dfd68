namespace Geobuk.Compute.Simulation;

/// <summary>How well starts were foretold to jobs that had to wait.</summary>
/// <param name="Jobs">Jobs that did not start when they came.</param>
/// <param name="Coverage">Share of them that started within the interval they were told when they came.</param>
/// <param name="MedianWidthSeconds">Median width of that interval.</param>
/// <param name="MedianWaitSeconds">Median of what they waited.</param>
public sealed record ForecastScore(int Jobs, double Coverage, double MedianWidthSeconds, double MedianWaitSeconds);
