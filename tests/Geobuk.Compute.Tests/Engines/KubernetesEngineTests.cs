using System.Diagnostics;
using System.Text.Json.Nodes;
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
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-kubernetes").FullName;
    private Dictionary<string, string> _settings = Queued;

    internal static ComputeConfig TwoNodes { get; } = new()
    {
        Pools = [new PoolConfig { Name = "cluster", Engine = "kubernetes", Nodes = [.. Enumerable.Range(1, 2).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8 })] }],
    };

    protected override ComputeConfig Config => TwoNodes;

    protected override IComputeEngine Engine(string root) => Engine(root, checkpointSeconds: 300, lostSeconds: 60);

    private KubernetesEngine Engine(string root, double checkpointSeconds, double lostSeconds)
    {
        var config = Path.Combine(Directory.CreateDirectory(root).FullName, "kubeconfig");
        File.WriteAllText(config, _cluster.Kubeconfig);
        return new KubernetesEngine(root, new Dictionary<string, string>(_settings) { ["kubeconfig"] = config, ["image"] = "debian:12", ["namespace"] = "training" }, () => { }, checkpointSeconds, cores: null, lostSeconds);
    }

    public void Dispose()
    {
        _cluster.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

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
        Assert.Equal([$"Job geobuk-{instance}-1-1 suspended in user-queue", $"JobSet geobuk-{instance}-2-1 suspended in user-queue", $"Job geobuk-{instance}-2-1-w0-0"], _cluster.Created);
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
    public void Job_ThatHasNotBegunOnANodeThatIsDrained_GoesElsewhere()
    {
        _settings = [];
        using var service = new TestService(Config, Engine);
        _cluster.TakenByOthers = 8;
        var job = service.Submit("echo $GEOBUK_NODE");
        Assert.Equal(["cluster/n1:1"], service.Until(job.Id, job => job.Reason is not null).Nodes);

        service.Service.SetHealth("cluster", "n1", healthy: false, TestService.Operator);
        service.Until(job.Id, job => job.Attempt == 2);
        _cluster.TakenByOthers = 0;
        service.Until(job.Id, job => job.IsOver);

        Assert.Equal("n2\n", service.Log(job.Id));
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

    [Fact]
    public void Pod_IsOnItsNodesByTheirNamesAndHasWhatAWorkerNeedsAndNoMore()
    {
        _settings = new() { ["memory_gib_per_device"] = "1.5", ["cores_per_device"] = "0.5" };
        using var service = new TestService(Config, Engine);
        service.Until(service.Submit("true", request => request with { Workers = 2, Devices = 8 }).Id, job => job.Phase == JobPhase.Done);

        var pod = Assert.Single(_cluster.Templates)["spec"]!;
        var container = pod["containers"]![0]!;
        Assert.Equal("""[{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]},{"matchFields":[{"key":"metadata.name","operator":"In","values":["n2"]}]}]""",
            pod["affinity"]!["nodeAffinity"]!["requiredDuringSchedulingIgnoredDuringExecution"]!["nodeSelectorTerms"]!.ToJsonString());
        Assert.Equal((1, "DoNotSchedule", "kubernetes.io/hostname"), ((int)pod["topologySpreadConstraints"]![0]!["maxSkew"]!, (string)pod["topologySpreadConstraints"]![0]!["whenUnsatisfiable"]!, (string)pod["topologySpreadConstraints"]![0]!["topologyKey"]!));
        Assert.Equal("""[{"key":"nvidia.com/gpu","operator":"Exists"}]""", pod["tolerations"]!.ToJsonString());
        Assert.Equal((false, false, 300), ((bool)pod["automountServiceAccountToken"]!, (bool)pod["enableServiceLinks"]!, (int)pod["terminationGracePeriodSeconds"]!));
        Assert.Equal(Run("id", "-u"), $"{pod["securityContext"]!["runAsUser"]}");
        Assert.Equal(Run("id", "-g"), $"{pod["securityContext"]!["runAsGroup"]}");
        Assert.Equal("""{"memory":"12884901888","cpu":"4","nvidia.com/gpu":"8"}""", container["resources"]!["limits"]!.ToJsonString());
        Assert.Contains("""{"emptyDir":{"medium":"Memory"},"name":"shm"}""", pod["volumes"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("IfNotPresent", (string)container["imagePullPolicy"]!);
    }

    [Fact]
    public void Pod_OnANodeOfCores_AsksForCoresAndSeesNoGpu()
    {
        var cores = new KubernetesPods(new WorkerFolders(_folder), new Dictionary<string, string> { ["image"] = "debian:12" }, 60, new HashSet<string> { "n1" });
        var job = new EngineJob(1, 1, ["true"], null, 1, 4, [new("n1", 4)], [[0, 1, 2, 3]]);

        var pod = cores.Template(job, KubernetesGroup.All(job), []).Spec;

        Assert.Equal("cpu: 4", string.Join(", ", pod.Containers[0].Resources.Limits.Select(limit => $"{limit.Key}: {limit.Value}")));
        Assert.Equal(["", "void"], pod.Containers[0].Env.Where(variable => variable.Name is "CUDA_VISIBLE_DEVICES" or "NVIDIA_VISIBLE_DEVICES").Select(variable => variable.Value));
    }

    [Fact]
    public void Template_OfTheSite_IsKeptAndTheWorkerAddedToIt()
    {
        var file = Path.Combine(_folder, "template.yaml");
        File.WriteAllText(file, """
            metadata: {labels: {team: ours}, annotations: {note: kept} }
            spec:
              priorityClassName: training
              runtimeClassName: nvidia
              imagePullSecrets: [{name: registry}]
              automountServiceAccountToken: true
              tolerations: [{key: dedicated, operator: Exists}]
              volumes: [{name: fast, hostPath: {path: /fast} }]
              containers:
                - {name: sidecar, image: other}
                - {name: worker, env: [{name: NCCL_DEBUG, value: INFO}], resources: {limits: {rdma/hca: 1} }, volumeMounts: [{name: fast, mountPath: /fast}] }
            """);
        _settings = new() { ["template"] = file };
        using var service = new TestService(Config, Engine);
        service.Until(service.Submit("echo $NCCL_DEBUG").Id, job => job.Phase == JobPhase.Done);

        var template = Assert.Single(_cluster.Templates);
        var pod = template["spec"]!;
        Assert.Equal("INFO\n", service.Log(1));
        Assert.Equal(("ours", "kept", "training", "nvidia", true), ((string)template["metadata"]!["labels"]!["team"]!, (string)template["metadata"]!["annotations"]!["note"]!, (string)pod["priorityClassName"]!, (string)pod["runtimeClassName"]!, (bool)pod["automountServiceAccountToken"]!));
        Assert.Equal("""[{"name":"registry"}]""", pod["imagePullSecrets"]!.ToJsonString());
        Assert.Equal(["dedicated", "nvidia.com/gpu"], pod["tolerations"]!.AsArray().Select(toleration => (string)toleration!["key"]!));
        Assert.Equal(["worker", "sidecar"], pod["containers"]!.AsArray().Select(container => (string)container!["name"]!));
        Assert.Equal("""{"rdma/hca":"1","nvidia.com/gpu":"1"}""", pod["containers"]![0]!["resources"]!["limits"]!.ToJsonString());
        var jobs = service.Folder + "/jobs";
        Assert.Equal(["/fast  ", $"{jobs}/1 1 ", $"{jobs}/worker.sh worker.sh true", "/dev/shm  "], pod["containers"]![0]!["volumeMounts"]!.AsArray().Select(mount => $"{mount!["mountPath"]} {mount["subPath"]} {mount["readOnly"]}"));
    }

    [Theory]
    [InlineData("spec: {priorityClas: x}", "template.yaml: ")]
    [InlineData("spec: [", "template.yaml: ")]
    [InlineData(null, "template.yaml: ")]
    public void Template_ThatIsNone_SaysSo(string? text, string begins)
    {
        var file = Path.Combine(_folder, "template.yaml");
        if (text is not null) File.WriteAllText(file, text);

        var fault = Assert.Throws<UserInputException>(() => new KubernetesPods(new WorkerFolders(_folder), new Dictionary<string, string> { ["image"] = "x", ["template"] = file }, 60, new HashSet<string>()));

        Assert.StartsWith($"engine_settings.template: {_folder}/{begins}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("expected a pod template", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_ThatPodsDoNotShare_IsRefusedBeforeItsResultsAreLost()
    {
        using var service = new TestService(Config, Engine);
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName;

        var job = service.Submit("true", request => request with { Folder = elsewhere });
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal(JobPhase.Failed, over.Phase);
        Assert.StartsWith($"could not be started: {elsewhere} is not below {service.Folder}/jobs/1, what the job's pods share with the service.", over.Reason!.ToString(), StringComparison.Ordinal);
        Assert.Empty(_cluster.Created);
    }

    [Fact]
    public void Mount_ThatIsNotAboveTheRoot_SaysSo() => Assert.StartsWith("engine_settings.mount: /elsewhere is not above ",
        Assert.Throws<UserInputException>(() => new KubernetesPods(new WorkerFolders(_folder), new Dictionary<string, string> { ["image"] = "x", ["mount"] = "/elsewhere" }, 60, new HashSet<string>())).Message, StringComparison.Ordinal);

    [Fact]
    public void Job_OfWhichNoPodMayCome_SaysWhyUntilItBegins()
    {
        _settings = [];
        using var service = new TestService(Config, Engine);
        _cluster.IsForbidden = true;
        var job = service.Submit("true");

        Assert.Equal($"not begun by its engine: {ClusterStandIn.NotAllowed}", service.Until(job.Id, job => job.Reason is not null).Reason!.ToString());
        _cluster.IsForbidden = false;
        Assert.Null(service.Until(job.Id, job => job.IsOver).Reason);
    }

    [Fact]
    public void Cluster_ThatIsBusy_IsAskedAgainAndTheJobIsAskedToLeave()
    {
        using var service = new TestService(Config, Engine);
        _cluster.Busy = 2;
        var job = service.Submit("trap 'echo saved; exit 75' TERM; echo attempt $GEOBUK_ATTEMPT; while :; do sleep 0.05; done");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);
        Assert.Equal((0, 0), (_cluster.Busy, service.Job(job.Id).Failures));

        _cluster.Busy = 2;
        service.Service.Cancel(job.Id, TestService.Operator);
        service.Until(job.Id, job => job.IsOver);

        Assert.Equal("attempt 1\nsaved\n", service.Log(job.Id));
    }

    [Fact]
    public void Cluster_ThatWasTooBusyForARequest_IsAskedTheNextTime()
    {
        using var engine = (KubernetesEngine)Engine(Path.Combine(_folder, "jobs"));
        var job = new EngineJob(1, 1, ["sh", "-c", "trap 'exit 75' TERM; echo up; while :; do sleep 0.05; done"], null, 1, 8, [new("n1", 8)], [[]]);
        engine.Start(job);
        SpinWait.SpinUntil(() => File.Exists(engine.LogFile(1)) && new FileInfo(engine.LogFile(1)).Length > 0, TimeSpan.FromSeconds(30));

        _cluster.Busy = 100;
        Assert.Contains("TooManyRequests", Assert.Throws<IOException>(() => engine.AskToLeave(job)).Message, StringComparison.Ordinal);
        _cluster.Busy = 0;
        engine.AskToLeave(job);

        Assert.True(SpinWait.SpinUntil(() => engine.Status(job) is { State: EngineState.Exited, ExitCode: 75 }, TimeSpan.FromSeconds(30)), $"{engine.Status(job)}");
    }

    [Theory]
    [InlineData("""{"containerStatuses":[{"state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}""", JobPhase.Failed, "exit code 137: OOMKilled: it took more memory than its pod may")]
    [InlineData("""{"containerStatuses":[{"state":{"terminated":{"exitCode":128,"reason":"StartError","message":"exec: \"sh\": not found"}}}]}""", JobPhase.Failed, "exit code 128: the worker could not begin: exec: \"sh\": not found")]
    [InlineData("""{"reason":"Evicted","message":"The node was low on resource: memory."}""", JobPhase.Pending, "its processes are gone (Evicted: The node was low on resource: memory.), starts again")]
    [InlineData("""{"conditions":[{"type":"DisruptionTarget","status":"True","reason":"PreemptionByScheduler","message":"default-scheduler: preempting"}],"containerStatuses":[{"state":{"terminated":{"exitCode":1}}}]}""", JobPhase.Pending, "its processes are gone (PreemptionByScheduler: default-scheduler: preempting), starts again")]
    [InlineData("""{"containerStatuses":[{"state":{"terminated":{"exitCode":137,"reason":"Error"}}}]}""", JobPhase.Pending, "its processes are gone, starts again")]
    public void Pod_ThatEndedWithoutAnExitCode_SaysHow(string end, JobPhase phase, string reason)
    {
        using var service = new TestService(Config, Engine);
        var job = service.Submit("echo up; while [ ! -e go ]; do sleep 0.05; done; kill -KILL $PPID", request => request with { Retries = 0 });
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);
        _cluster.End = (JsonObject)JsonNode.Parse(end)!;
        // So that it waits with its reason.
        Drain(service);
        File.WriteAllText(Path.Combine(service.Folder, "jobs", "1", "work", "go"), "");
        var over = service.Until(job.Id, job => job.IsOver || job.Failures > 0);

        Assert.Equal((phase, reason), (over.Phase, over.Reason?.ToString()));
    }

    [Fact]
    public void Node_ThatDoesNotAnswer_IsGivenUpOnceWhatRunsThereHasBeenToldSo()
    {
        using var service = new TestService(Config, root => Engine(root, checkpointSeconds: 1, lostSeconds: 10));
        var job = service.Submit("trap '' TERM; echo up; while :; do sleep 0.05; done");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        Drain(service);
        _cluster.Lose();
        var lost = service.Until(job.Id, job => job.Failures > 0);

        Assert.Equal((JobPhase.Pending, "its processes are gone (its node does not answer), starts again"), (lost.Phase, lost.Reason?.ToString()));
        Assert.False(JobProcesses.Any(service.Folder), "it starts again beside itself");
    }

    [Fact]
    public void ExitCode_ThatIsLongOnItsWay_IsWaitedForWhereThePodsHaveEndedWell()
    {
        using var service = new TestService(Config, Engine);
        // A folder where the script wants to write: it ends without a word, as on a file system that does not show it yet.
        var job = service.Submit("mkdir ../1.0/exit.new");
        service.Until(job.Id, _ => Directory.Exists(Path.Combine(service.Folder, "jobs", "1", "1.0", "exit.new")));
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(8); Thread.Sleep(50)) service.Service.Tick();
        Assert.Equal(JobPhase.Running, service.Job(job.Id).Phase);

        File.WriteAllText(Path.Combine(service.Folder, "jobs", "1", "1.0", "exit"), "0\n");

        Assert.Equal((JobPhase.Done, 1), service.Until(job.Id, job => job.IsOver) is var over ? (over.Phase, over.Attempt) : default);
    }

    private static void Drain(TestService service)
    {
        foreach (var node in new[] { "n1", "n2" }) service.Service.SetHealth("cluster", node, healthy: false, TestService.Operator);
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd().Trim();
    }
}
