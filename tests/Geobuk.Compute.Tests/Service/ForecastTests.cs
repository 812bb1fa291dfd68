using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Service;

namespace Geobuk.Compute.Tests.Service;

/// <summary>What waiting jobs are told of when they will start.</summary>
public sealed class ForecastTests
{
    [Fact]
    public void Explain_JobsThatComeAfterOthers_SaysWhenByWhatIsExpectedOfThose()
    {
        using var service = new TestService();
        var first = service.Submit("sleep 100", request => request with { EstimateSeconds = 100 }).Id;
        var second = service.Submit("sleep 1000", request => request with { EstimateSeconds = 1000, After = [first] }).Id;
        var third = service.Submit("true", request => request with { After = [first, second] }).Id;
        var last = service.Submit("true", request => request with { After = [third] }).Id;
        service.Until(first, job => job.Phase == JobPhase.Running);

        var now = service.Service.Now;
        (double From, double To) Start(long id) => service.Service.Explain(id, TestService.Operator) is var (why, from, to) && why.Chain[0].Gate == Gate.Time ? (from - now, to - now) : (0, 0);

        // Half to twice what is expected of those before it, and then up to ten minutes in the queue, of which nothing is known yet.
        void IsAbout(double from, double to, (double From, double To) start)
        {
            Assert.InRange(start.From, from - 30, from + 1);
            Assert.InRange(start.To, to - 30, to + 1);
        }
        IsAbout(50, 200 + 600, Start(second));
        IsAbout(50 + 500, 200 + 600 + 2000 + 600, Start(third));
        Assert.True(Start(last).From >= Start(third).From && Start(last).To >= Start(third).To + 600);
    }

    [Fact]
    public void Forecast_TheWaitForAnotherJob_IsNoWaitInTheQueue()
    {
        using var service = new TestService();
        var first = service.Submit("sleep 2").Id;
        var second = service.Submit("true", request => request with { After = [first] }).Id;

        var job = service.Until(second, job => job.IsOver);

        Assert.InRange(job.Started!.Value - job.QueuedFrom, 0, 1);
        Assert.InRange(job.QueuedFrom - job.Submitted, 1.5, 60);
    }

    /// <summary>A pool that is asked for four fifths of what it has, jobs that take a fifth longer than was said, a third of them after others.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Forecast_OfJobsThatWait_HoldsAboutFourInFive(int seed)
    {
        var time = new VirtualTime();
        var engine = new VirtualEngine(time);
        var config = new ComputeConfig { Pools = [new PoolConfig { Name = "lent", Nodes = [.. Enumerable.Range(0, 4).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8 })] }] };
        using var service = new TestService(config, _ => engine, time);
        var random = new Random(seed);
        var told = new Dictionary<long, (double From, double To)>();
        for (var (second, last) = (0, 0L); second < 120_000; second += 10)
        {
            time.Seconds = second;
            if (random.NextDouble() < 0.06)
            {
                var expected = 60 * Math.Pow(60, random.NextDouble());
                var seconds = expected * 1.2 * Math.Exp(0.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
                last = service.Service.Submit(new JobRequest { Command = ["sleep", $"{seconds:0}"], Devices = 1 << random.Next(4), EstimateSeconds = expected, After = last > 0 && random.Next(3) == 0 ? [last] : [] }, TestService.Operator).Id;
                service.Service.Tick();
                if (last > 50 && service.Service.Explain(last, TestService.Operator, isBrief: true) is var (_, from, to)) told[last] = (from, to);
            }
            for (var i = 0; i < 3; i++) service.Service.Tick();
        }

        var started = told.Select(one => (service.Job(one.Key).Started, one.Value.From, one.Value.To)).Where(one => one.Started is not null).ToList();
        Assert.True(started.Count > 200, $"{started.Count} waited");
        Assert.InRange(started.Count(one => one.Started >= one.From && one.Started <= one.To) / (double)started.Count, 0.7, 0.9);
    }
}
