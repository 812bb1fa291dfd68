using CsCheck;

namespace Geobuk.Compute.Tests.Scheduling;

/// <summary>What must hold whatever comes: quotas, whole gangs, no cycles, a private share's worth for each, every second counted once, everybody's turn.</summary>
public sealed class SchedulerProperties
{
    /// <summary>GEOBUK_SCENARIOS asks for more than the tests have time for.</summary>
    private static readonly long Scenarios = long.TryParse(Environment.GetEnvironmentVariable("GEOBUK_SCENARIOS"), out var count) ? count : 300;

    [Fact]
    public void Scenarios_PlayedToTheirEnd_KeepAllThatWasPromised() =>
        Gen.Int[0, int.MaxValue].Sample(seed => Assert.Null(new Scenario(seed).Play() is { } wrong ? $"seed {seed}: {wrong}" : null), iter: Scenarios, threads: Scenarios > 1000 ? Environment.ProcessorCount : 1);
}
