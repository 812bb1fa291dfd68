using System.Text.Json.Nodes;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>The ledger against the accounting of a real Slurm, by sacct and by slurmrestd.</summary>
public sealed class SlurmAccountingTests(SlurmAccountingTests.Cluster cluster) : IClassFixture<SlurmAccountingTests.Cluster>
{
    private const double Within = 5;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ledger_AgreesWithSlurmsAccounting(bool byRest)
    {
        using var service = Open(byRest);
        var alone = service.Submit("sleep 2", request => request with { Devices = 4 });
        var gang = service.Submit("sleep 2", request => request with { Workers = 2, Devices = 8, Priority = 90 });
        var failed = service.Submit("sleep 1; exit 3");
        foreach (var job in new[] { alone, gang, failed }) service.Until(job.Id, job => job.IsOver);

        var rows = Reconciled(service, 3);

        Assert.All(rows, row => Assert.Null(row.Problem));
        // Whole seconds there: a job of two has been charged for one to three.
        Assert.InRange(rows.Single(row => row.Job == alone.Id).Engine!.Value, 4, 12);
        Assert.InRange(rows.Single(row => row.Job == gang.Id).Engine!.Value, 16, 48);
    }

    [SkippableFact]
    public void JobThatSlurmEndedLongBefore_OrThatTheLedgerLacks_IsTold()
    {
        using var service = Open(byRest: false);
        var job = service.Submit("sleep 1", request => request with { Devices = 2 });
        service.Until(job.Id, job => job.IsOver);
        Reconciled(service, 1);

        var engine = Engine(Path.Combine(service.Folder, "jobs"), byRest: false);
        var entry = service.Store.Ledger().Single();
        var longer = Reconciliation.Of([entry with { Allocated = entry.Allocated + 100 }], engine.Accounted(0)!, Within, isWhole: true);
        Assert.Matches(@"^held [45]\d[.\d]* s longer than the engine counts", Assert.Single(longer).Problem);
        Assert.Equal("not in the ledger", Assert.Single(Reconciliation.Of([], engine.Accounted(0)!, Within, isWhole: true)).Problem);
        Assert.Empty(Reconciliation.Of([], engine.Accounted(0)!, Within, isWhole: false));
        Assert.Equal("not in the engine's accounting", Assert.Single(Reconciliation.Of([entry with { Job = 7, Allocated = 50 }], [], Within, isWhole: true)).Problem);
    }

    [Fact]
    public void Pool_WithoutAccounting_SaysSo()
    {
        using var service = new TestService();

        Assert.StartsWith("pool: the engine of local keeps no accounting", Assert.Throws<UserInputException>(() => service.Service.Reconcile("local", Within, TestService.Operator)).Message, StringComparison.Ordinal);
        Assert.StartsWith("pool: none is not known", Assert.Throws<UserInputException>(() => service.Service.Reconcile("none", Within, TestService.Operator)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("geobuk-a-7-2", "cpu=4,gres/gpu=8,gres/gpu:h200=8", false, 8)]
    [InlineData("geobuk-a-7-2", "billing=1,cpu=4,node=1", true, 4)]
    [InlineData("geobuk-a-7-2", "", false, 0)]
    public void Use_IsReadByWhatDevicesAre(string name, string resources, bool isCores, int devices) =>
        Assert.Equal(new AccountedAttempt(7, 2, devices, devices == 0 ? 0 : 3, true), new SlurmUse(name, "COMPLETED", 3, resources).AttemptOf("geobuk-a-", isCores));

    [Theory]
    [InlineData("""{"name":"geobuk-a-7-2","state":{"current":"COMPLETED"},"time":{"elapsed":12},"tres":{"allocated":[{"type":"cpu","name":"","count":4},{"type":"gres","name":"gpu","count":8}]}}""")]
    [InlineData("""{"name":"geobuk-a-7-2","state":{"current":["COMPLETED"],"reason":"None"},"time":{"elapsed":{"set":true,"infinite":false,"number":12}},"tres":{"allocated":[{"type":"cpu","name":null,"id":1,"count":4},{"type":"gres","name":"gpu","id":1001,"count":8}]}}""")]
    public void Use_IsReadFromOldAndNewVersionsOfTheInterface(string job) =>
        Assert.Equal(new SlurmUse("geobuk-a-7-2", "COMPLETED", 12, "cpu=4,gres/gpu=8"), SlurmRest.UseOf(JsonNode.Parse(job)!));

    [Theory]
    [InlineData("geobuk-b-7-2")]
    [InlineData("geobuk-a-7")]
    [InlineData("other")]
    public void Use_OfOthers_IsNotOurs(string name) => Assert.Null(new SlurmUse(name, "COMPLETED", 3, "gres/gpu=8").AttemptOf("geobuk-a-", isCores: false));

    [Fact]
    public void Use_WithoutACountOfGpus_NamesTheSetting() =>
        Assert.Contains("AccountingStorageTRES=gres/gpu", Assert.Throws<UserInputException>(() => new SlurmUse("geobuk-a-7-2", "COMPLETED", 3, "cpu=4,node=1").AttemptOf("geobuk-a-", isCores: false)).Message, StringComparison.Ordinal);

    private TestService Open(bool byRest)
    {
        Skip.If(cluster.Conf is null, "Slurm, slurmdbd and MariaDB are not all installed here");
        Skip.If(byRest && cluster.Rest is null, "slurmrestd is not installed here");
        return new TestService(SlurmEngineTests.TwoNodes, root => Engine(root, byRest));
    }

    private SlurmEngine Engine(string root, bool byRest) => new(root, byRest
        ? new Dictionary<string, string> { ["rest"] = cluster.Rest!, ["user"] = "root", ["token_file"] = cluster.Token, ["kind"] = "h200" }
        : new Dictionary<string, string> { ["conf"] = cluster.Conf!, ["kind"] = "h200" });

    /// <summary>Slurm tells its accounting of an end a moment later.</summary>
    private static IReadOnlyList<ReconciledAttempt> Reconciled(TestService service, int attempts)
    {
        var end = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            var rows = service.Service.Reconcile("local", Within, TestService.Operator);
            if (rows.Count(row => row.Engine > 0) == attempts || DateTime.UtcNow > end) return rows;
            Thread.Sleep(200);
        }
    }

    /// <summary>A Slurm that keeps accounts.</summary>
    public sealed class Cluster() : SlurmCluster(accounts: true);
}
