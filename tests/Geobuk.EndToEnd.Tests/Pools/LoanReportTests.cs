using Geobuk.Cli.Pools;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;

namespace Geobuk.EndToEnd.Tests.Pools;

public sealed class LoanReportTests
{
    [Fact]
    public void Of_APoolInUseAndOneNeverUsed_TellsWhatWasMadeOfEach()
    {
        var pools = new[] { "lent", "unused" }.Select(name => new PoolView(name, "국가AI", DataLabel.Open, 1_798_675_200, null, [new NodeView("n1", "h200", 8, "", true, [])]));
        // Eight devices from 50 to 100 and from 150 to 200.
        LedgerEntry[] ledger =
        [
            new() { At = 100, Job = 1, Attempt = 1, Tenant = "mnd", Pool = "lent", Allocated = 400, Busy = 300, Idle = 100 },
            new() { At = 200, Job = 2, Attempt = 1, Tenant = "mnd", Pool = "lent", Allocated = 400, Busy = 400 },
        ];

        var loans = LoanReport.Of(pools, ledger, _ => 8);

        Assert.Equal(new LoanReport("국가AI", "lent", 1_798_675_200, 8, 1200, 800, 700, 100, 0), loans[0]);
        // Had each been a job of four devices, they would have been held from 0 and from 100.
        Assert.Equal((1600.0, 800.0), LoanReport.Of(pools, ledger, _ => 4)[0] is var half ? (half.There, half.Held) : default);
        // Two more have been held since 200, and it is 300 now: they are in no ledger yet.
        var inUse = new PoolView("lent", "국가AI", DataLabel.Open, 1_798_675_200, null, [new NodeView("n1", "h200", 8, "", true, [new NodeShare(3, "mnd", 2, false) { HeldSeconds = 100 }])]) { At = 300 };
        Assert.Equal(new LoanReport("국가AI", "lent", 1_798_675_200, 8, 2000, 1000, 700, 100, 200), LoanReport.Of([inUse], ledger, _ => null)[0]);
        Assert.Equal(new LoanReport("국가AI", "lent", 1_798_675_200, 8, 800, 200, 0, 0, 200), LoanReport.Of([inUse], [], _ => null)[0]);
        Assert.Equal(new LoanReport("국가AI", "unused", 1_798_675_200, 8, 0, 0, 0, 0, 0), loans[1]);
    }
}
