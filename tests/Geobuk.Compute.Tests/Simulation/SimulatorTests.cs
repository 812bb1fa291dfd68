using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Simulation;

public sealed class SimulatorTests
{
    private static readonly Lazy<Trace> Lublin = new(() => TraceReader.Read(TestPaths.Shared("data", "traces", "lublin_256.swf"), "swf"));

    [SkippableTheory]
    [InlineData("fifo", 1_491_890, 0.02)]
    [InlineData("easy", 20_507, 0.05)]
    [InlineData("easy-sjbf", 18_905, 0.03)]
    [InlineData("conservative", 21_857, 0.02)]
    public void Lublin_AtLoad85_GivesWhatOtherSimulatorsGive(string policy, double wait, double tolerance)
    {
        var result = Simulator.Run(Lublin.Value, policy, new SimulationOptions { Pool = SimulatedPool.Of(256), Load = 0.85 });

        Assert.InRange(result.AverageWaitSeconds, wait * (1 - tolerance), wait * (1 + tolerance));
        Assert.Equal(10_000, result.Jobs);
    }

    [SkippableFact]
    public void Lublin_UnderTheServicesPolicy_WaitsNoLongerThanUnderEasyOrConservative()
    {
        var result = Simulator.Run(Lublin.Value, Policies.Default, new SimulationOptions { Pool = SimulatedPool.Of(256), Load = 0.85 });

        Assert.True(result.AverageWaitSeconds <= 1.02 * 20_500, $"waits {result.AverageWaitSeconds:0} s");
    }

    [Fact]
    public void Fifo_ThreeJobs_GivesWhatIsWorkedOutByHand()
    {
        var result = Simulator.Run([new(0, 100, 2, "a", null, false), new(10, 50, 2, "a", null, false), new(20, 10, 1, "a", null, false)], "fifo", new SimulationOptions { Pool = SimulatedPool.Of(3) });

        // The second waits from 10 to 100; the third, which would fit, waits behind it and starts at 100 with it.
        Assert.Equal((90 + 80) / 3.0, result.AverageWaitSeconds, 6);
        Assert.Equal((100 + 140 + 90) / 3.0, result.AverageCompletionSeconds, 6);
        Assert.Equal((200 + 100 + 10) / (3 * 150.0), result.Utilization, 6);
    }

    [Fact]
    public void Srsf_ShortJob_TakesOverAndTheLongOneGoesOn()
    {
        var result = Simulator.Run([new(0, 1000, 4, "a", null, true), new(100, 10, 4, "a", null, true)], "srsf", new SimulationOptions { Pool = SimulatedPool.Of(4), RestartSeconds = 30 });

        Assert.Equal(1, result.Preemptions);
        Assert.Equal(((1000 + 10 + 30) + 10) / 2.0, result.AverageCompletionSeconds, 6);
    }

    [Fact]
    public void TwoQueues_JobThatHadItsPart_GoesBehindOneThatHadNot_AndTheOldestGoesFirstInEach()
    {
        // The first has had 8 x 3200 device-seconds after 6,400 s; the second takes over then, and the third, in the first queue too, comes after the second.
        var result = Simulator.Run([new(0, 10_000, 4, "a", null, true), new(1, 2000, 4, "a", null, true), new(2, 50, 4, "a", null, true)], "las-2", new SimulationOptions { Pool = SimulatedPool.Of(4), RestartSeconds = 0, TickSeconds = 100 });

        Assert.Equal(1, result.Preemptions);
        Assert.Equal([8450.0, 6400, 8400], result.Starts);
        // Both are in the second queue after 6,400 s each: the older one takes its devices back.
        result = Simulator.Run([new(0, 10_000, 4, "a", null, true), new(1, 10_000, 4, "a", null, true)], "las-2", new SimulationOptions { Pool = SimulatedPool.Of(4), RestartSeconds = 0, TickSeconds = 100 });
        Assert.Equal(2, result.Preemptions);
        Assert.Equal([12_800.0, 16_400], result.Starts);
    }

    [Theory]
    [InlineData("0", null, "--pool: 0; expected devices (256), nodes of devices (60x8), several pools (60x8+28x4)")]
    [InlineData("8x", null, "--pool: 8x; expected devices (256)")]
    [InlineData("1000x1000+1", null, "--pool: 1000x1000+1; expected devices (256)")]
    [InlineData("2x3x4", null, "--pool: 2x3x4; expected devices (256)")]
    [InlineData("2", null, "--pool: 2 has 2 devices, but a job of the trace needs 4; expected at least 4.")]
    [InlineData("2+2", null, "--pool: 2+2, where job 1 of the trace never starts: 2 workers of 2 devices; no pool can ever hold more than 1 such worker; expected room")]
    [InlineData("8", -1.0, "--load: -1; expected more than 0 and less than 100. 0.85 is usual.")]
    public void Run_ImpossibleNumbers_AreRefused(string pool, double? load, string message)
    {
        var fault = Assert.Throws<UserInputException>(() => Simulator.Run([new(0, 10, 4, "a", null, false)], "easy", new SimulationOptions { Pool = SimulatedPool.Parse(pool), Load = load }));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12", 12, null)]
    [InlineData("3x4", 12, 4)]
    [InlineData("2x4+4x8", 40, 8)]
    public void Pool_IsReadAsNodesOrAsANumber(string text, int devices, int? node)
    {
        var pool = SimulatedPool.Parse(text);

        Assert.Equal((devices, node), (pool.Devices, pool.NodeDevices));
        Assert.Equal(3, Simulator.Run([new(0, 10, 4, "a", null, false), new(0, 10, 4, "a", null, true), new(1, 10, 12, "b", null, true)], "geobuk", new SimulationOptions { Pool = pool }).Jobs);
    }

    [Theory]
    [InlineData("easy")]
    [InlineData("geobuk")]
    public void Run_WithTenants_KeepsTheirBounds_AndSaysWhatNeverStarts(string policy)
    {
        var pool = SimulatedPool.Parse("2x8") with { Tenants = [new TenantConfig { Path = "mnd/a", MaxDevices = 8 }, new TenantConfig { Path = "mnd/b" }] };
        var options = new SimulationOptions { Pool = pool };

        // The tenant may hold eight: one after the other, while another's jobs run side by side.
        Assert.Equal(50, Simulator.Run([new(0, 100, 8, "mnd/a", 100, false), new(0, 100, 8, "mnd/a", 100, false)], policy, options).AverageWaitSeconds);
        Assert.Equal(0, Simulator.Run([new(0, 100, 8, "mnd/b", 100, false), new(0, 100, 8, "mnd/b", 100, false)], policy, options).AverageWaitSeconds);
        Assert.Contains("where 1 job of the trace never starts, the first 2 x 8 devices of mnd/a", Assert.Throws<UserInputException>(() => Simulator.Run([new(0, 100, 16, "mnd/a", 100, false)], policy, options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("swf", "1 2 3\n", ":1: a line that is not of the format swf (3 fields); expected 18 numbers, or a comment that starts with ;. Choose another --format.")]
    [InlineData("philly", "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,66.0,-1,66.0,a\n", ":2: a line that is not of the format philly (-1 devices for 66 s); expected timestamp,duration,num_gpus,gpu_time,cluster. Choose another --format.")]
    [InlineData("swf", "; nothing\n", ": no job in it; expected at least one. Is --format swf right?")]
    public void Read_DamagedTrace_IsRefusedWithItsPlace(string format, string text, string message)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);

        var fault = Assert.Throws<UserInputException>(() => TraceReader.Read(file, format));

        Assert.Equal(file + message, fault.Message);
        File.Delete(file);
    }

    [Fact]
    public void Read_Philly_StartsAtTheFirstSubmission()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,66.0,2,66.0,a\n2017-10-09 07:00:55,5,1,5,b\n");

        var jobs = TraceReader.Read(file, "philly").Jobs;

        Assert.Equal([new TraceJob(0, 5, 1, "b", null, true), new TraceJob(60, 66, 2, "a", null, true)], jobs);
        File.Delete(file);
    }
}
