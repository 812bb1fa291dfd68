using Geobuk.Compute.Accounting;

namespace Geobuk.Compute.Tests.Accounting;

public sealed class LedgerEntryTests
{
    [Fact]
    public void Chain_Untouched_HasNoDefect() => Assert.Null(LedgerEntry.Defect(Chain(5)));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    public void Chain_OneNumberChanged_IsFound(int index)
    {
        var chain = Chain(5);
        chain[index] = chain[index] with { Allocated = chain[index].Allocated + 1, Busy = chain[index].Busy + 1 };

        Assert.Equal($"entry {index + 1} was changed", LedgerEntry.Defect(chain));
    }

    [Fact]
    public void Chain_BeginningChangedOrTakenAway_IsFound()
    {
        var chain = Chain(3);
        chain[2] = Linked(chain[2] with { Began = 1.5 }, chain[1].Hash);
        Assert.Null(LedgerEntry.Defect(chain));

        foreach (var began in new double?[] { 1, null }) Assert.Equal("entry 3 was changed", LedgerEntry.Defect([.. chain[..2], chain[2] with { Began = began }]));
    }

    [Fact]
    public void Chain_OneEntryTakenOut_IsFound()
    {
        var chain = Chain(5);
        chain.RemoveAt(2);

        Assert.Equal("entry 3 is missing", LedgerEntry.Defect(chain));
    }

    [Fact]
    public void Chain_AnAttemptTwice_IsFound()
    {
        var chain = Chain(2);
        chain.Add(Linked(chain[1] with { Sequence = 3 }, chain[1].Hash));

        Assert.Equal("entry 3 counts attempt 1 of job 1 again", LedgerEntry.Defect(chain));
    }

    [Fact]
    public void Table_ByTenant_AddsUp()
    {
        var rows = UsageTable.Of(Chain(4), ["tenant"]);

        Assert.Equal([("a", 4.0), ("b", 6.0)], rows.Select(row => (row.Key, row.Numbers[0])));
        Assert.Equal("tenant,allocated,busy,idle,lost_to_preemption,lost_to_failure,checkpointing,won\na,4,4,0,0,0,0,0\nb,6,6,0,0,0,0,0\n", UsageTable.Csv(rows, ["tenant"]));
        Assert.StartsWith("<svg", UsageTable.Picture(rows), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_ByOrganisationOrProject_AddsUpWhatIsBelow()
    {
        string[] tenants = ["mnd/personnel/kim", "mnd/personnel", "mnd/finance", "dapa"];
        var entries = Chain(4).Select((entry, i) => entry with { Tenant = tenants[i], Allocated = 1 << i }).ToList();

        Assert.Equal([("dapa", 8.0), ("mnd", 7.0)], UsageTable.Of(entries, ["organisation"]).Select(row => (row.Key, row.Numbers[0])));
        Assert.Equal([("dapa", 8.0), ("mnd/finance", 4.0), ("mnd/personnel", 3.0)], UsageTable.Of(entries, ["project"]).Select(row => (row.Key, row.Numbers[0])));
    }

    [Fact]
    public void Table_ByTenantAndDay_HasARowForEachOfBoth()
    {
        var entries = Chain(4).Select(entry => entry with { At = entry.At * 43_200, Tenant = entry.Tenant + ",\"x\"" });

        var rows = UsageTable.Of(entries, ["tenant", "day"]);

        Assert.Equal(["a,\"x\" · 1970-01-01", "a,\"x\" · 1970-01-02", "b,\"x\" · 1970-01-01", "b,\"x\" · 1970-01-02"], rows.Select(row => row.Key));
        Assert.StartsWith("tenant,day,allocated,busy,idle,lost_to_preemption,lost_to_failure,checkpointing,won\n\"a,\"\"x\"\"\",1970-01-01,1,", UsageTable.Csv(rows, ["tenant", "day"]), StringComparison.Ordinal);
    }

    private static List<LedgerEntry> Chain(int count)
    {
        var chain = new List<LedgerEntry>();
        for (var i = 0; i < count; i++)
            chain.Add(Linked(new LedgerEntry { Sequence = i + 1, At = i, Job = i, Attempt = 1, Tenant = i % 2 == 0 ? "a" : "b", Pool = "p", Allocated = i + 1, Busy = i + 1 }, chain.Count == 0 ? LedgerEntry.Origin : chain[^1].Hash));
        return chain;
    }

    private static LedgerEntry Linked(LedgerEntry entry, string previous)
    {
        entry = entry with { Previous = previous };
        return entry with { Hash = entry.Expected() };
    }
}
