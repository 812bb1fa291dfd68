using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;
using Geobuk.Models;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>The suite under a queue of Kueue with gangs as JobSets, and beside it what only Kubernetes has: queues that take back, watches that break.</summary>
public sealed class KubernetesEngineTests : EngineConformance, IDisposable
{
    private static readonly Dictionary<string, string> Queued = new() { ["queue"] = "user-queue", ["gangs"] = "jobset" };

    private readonly ClusterStandIn _cluster = new();
    private Dictionary<string, string> _settings = Queued;

    internal static ComputeConfig TwoNodes { get; } = new()
    {
        Pools = [new PoolConfig { Name = "cluster", Engine = "kubernetes", Nodes = [.. Enumerable.Range(1, 2).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8 })] }],
    };

    protected override ComputeConfig Config => TwoNodes;

    protected override IComputeEngine Engine(string root)
    {
        var config = Path.Combine(Directory.CreateDirectory(root).FullName, "kubeconfig");
        File.WriteAllText(config, _cluster.Kubeconfig);
        return new KubernetesEngine(root, new Dictionary<string, string>(_settings) { ["kubeconfig"] = config, ["image"] = "debian:12", ["namespace"] = "training" }, () => { });
    }

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Gang_WithoutAQueue_IsOneJobThatStartsAtOnce()
    {
        _settings = [];
        using var service = new TestService(Config, Engine);

        service.Until(service.Submit("true", request => request with { Workers = 2, Devices = 8 }).Id, job => job.Phase == JobPhase.Done);

        Assert.Matches("^Job geobuk-[0-9a-f]{8}-1-1$", Assert.Single(_cluster.Created));
    }

    [Fact]
    public void Job_CarriesItsQueueAndStartsSuspended()
    {
        using var service = new TestService(Config, Engine);
        service.Until(service.Submit("true").Id, job => job.Phase == JobPhase.Done);
        service.Until(service.Submit("true", request => request with { Workers = 2, Devices = 8 }).Id, job => job.Phase == JobPhase.Done);

        var instance = File.ReadAllText(Path.Combine(service.Folder, "jobs", "instance"));
        Assert.Equal([$"Job geobuk-{instance}-1-1 suspended in user-queue", $"JobSet geobuk-{instance}-2-1 suspended in user-queue", $"Job geobuk-{instance}-2-1-w-0"], _cluster.Created);
    }

    [Fact]
    public void Queue_ThatTakesItsDevicesBack_GetsTheCheckpointAndTheJobGoesOnAsAnotherAttempt()
    {
        using var service = new TestService(Config, Engine);
        var job = service.Submit("trap 'echo saved; exit 75' TERM; echo attempt $GEOBUK_ATTEMPT; test $GEOBUK_ATTEMPT = 2 && exit 0; while :; do sleep 0.05; done");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        _cluster.Suspend("-1-1");
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2), (over.Phase, over.Attempt));
        Assert.Equal("attempt 1\nsaved\nattempt 2\n", service.Log(job.Id));
    }

    [Fact]
    public void Job_ThatTheQueueHoldsBack_SaysWhyUntilItBegins()
    {
        using var service = new TestService(Config, Engine);
        _cluster.HoldBack = true;
        var job = service.Submit("true");

        Assert.Equal($"not begun by its engine: Kueue, {ClusterStandIn.HeldBack}", service.Until(job.Id, job => job.Reason is not null).Reason?.ToString());
        _cluster.Admit();
        Assert.Null(service.Until(job.Id, job => job.IsOver).Reason);
    }

    [Fact]
    public void Job_ThatFindsNoRoom_SaysWhyUntilItBegins()
    {
        _settings = [];
        using var service = new TestService(Config, Engine);
        _cluster.TakenByOthers = 8;
        var job = service.Submit("true");

        Assert.Equal($"not begun by its engine: Unschedulable: {ClusterStandIn.NoRoom}", service.Until(job.Id, job => job.Reason is not null).Reason?.ToString());
        _cluster.TakenByOthers = 0;
        Assert.Null(service.Until(job.Id, job => job.IsOver).Reason);
    }

    [Fact]
    public void TwoServices_InOneNamespace_DoNotTakeEachOthersJobs()
    {
        using var first = new TestService(Config, Engine);
        using var second = new TestService(Config, Engine);
        var (ours, theirs) = (first.Submit("echo first; while [ ! -e go ]; do sleep 0.05; done"), second.Submit("echo second"));
        first.Until(ours.Id, _ => first.Log(ours.Id).Length > 0);

        Assert.Equal(JobPhase.Done, second.Until(theirs.Id, job => job.IsOver).Phase);
        File.WriteAllText(Path.Combine(first.Folder, "jobs", "1", "work", "go"), "");
        Assert.Equal(JobPhase.Done, first.Until(ours.Id, job => job.IsOver).Phase);
        Assert.Equal(("first\n", "second\n"), (first.Log(ours.Id), second.Log(theirs.Id)));
    }

    [Fact]
    public void Watch_ThatBreaksOrWhoseVersionIsForgotten_GoesOn()
    {
        using var service = new TestService(Config, Engine);
        var job = service.Submit("echo up; while [ ! -e go ]; do sleep 0.05; done; kill -KILL $PPID");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);
        var lists = _cluster.Lists;

        _cluster.BreakWatches();
        _cluster.Forget();
        File.WriteAllText(Path.Combine(service.Folder, "jobs", "1", "work", "go"), "");
        // Nobody wrote an exit code: only the watch can tell that the Job has failed.
        var lost = service.Until(job.Id, job => job.Failures > 0 || job.IsOver, 60);

        // The same look may have started it again already, so that the reason no longer stands there.
        Assert.Equal(1, lost.Failures);
        Assert.True(_cluster.Lists > lists, "a forgotten version was not listed anew");
    }

    [Fact]
    public void Cluster_WhoseAnswerBreaksOff_IsAskedAgainAndStartsTheJobOnce()
    {
        using var service = new TestService(Config, Engine);
        _cluster.BrokenAnswers = 2;
        var job = service.Submit("echo attempt $GEOBUK_ATTEMPT");
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 1, 0), (over.Phase, over.Attempt, _cluster.BrokenAnswers));
        Assert.Equal("attempt 1\n", service.Log(job.Id));
    }

    [Fact]
    public void Cluster_ThatDoesNotAnswer_KeepsTheJobRunningAndSaysNothingWrong()
    {
        using var service = new TestService(Config, Engine);
        var job = service.Submit("echo up; while [ ! -e go ]; do sleep 0.05; done");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        _cluster.Refuse = true;
        _cluster.BreakWatches();
        for (var i = 0; i < 30; i++)
        {
            service.Service.Tick();
            Thread.Sleep(20);
        }
        Assert.Equal(JobPhase.Running, service.Job(job.Id).Phase);
        File.WriteAllText(Path.Combine(service.Folder, "jobs", "1", "work", "go"), "");
        service.Until(job.Id, job => job.Phase == JobPhase.Done);
        _cluster.Refuse = false;
    }

    [Fact]
    public void Settings_WithoutAnImageOrAKubeconfig_SayWhatIsMissing()
    {
        var root = Directory.CreateTempSubdirectory("geobuk-k8s").FullName;

        Assert.StartsWith("engine_settings.image: missing; expected", Assert.Throws<UserInputException>(() => new KubernetesEngine(root, new Dictionary<string, string>(), () => { })).Message, StringComparison.Ordinal);
        Assert.StartsWith("engine_settings.kubeconfig: ", Assert.Throws<UserInputException>(() => new KubernetesEngine(root, new Dictionary<string, string> { ["image"] = "x", ["kubeconfig"] = root + "/none" }, () => { })).Message, StringComparison.Ordinal);
        Directory.Delete(root, recursive: true);
    }
}
