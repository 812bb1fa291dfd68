using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>The suite on a real API server, under a queue of a real Kueue, gangs as JobSets of the real controller.</summary>
public sealed class KubernetesClusterTests(KubernetesCluster cluster) : EngineConformance, IClassFixture<KubernetesCluster>
{
    /// <summary>A Job of the queue that lends its eight devices.</summary>
    private const string Owner = $$"""
        apiVersion: batch/v1
        kind: Job
        metadata: {name: owner, namespace: {{KubernetesCluster.Namespace}}, labels: {kueue.x-k8s.io/queue-name: {{KubernetesCluster.OtherQueue}} } }
        spec:
          suspend: true
          template:
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              containers: [{name: worker, image: "debian:12", command: [sleep, "600"], resources: {limits: {nvidia.com/gpu: "8"} } }]
        """;

    private Dictionary<string, string> _settings = new() { ["queue"] = KubernetesCluster.Queue, ["gangs"] = "jobset" };

    protected override ComputeConfig Config => KubernetesEngineTests.TwoNodes;

    protected override IComputeEngine Engine(string root)
    {
        Skip.If(cluster.Kubeconfig is null, "GEOBUK_KUBERNETES names no folder with a cluster's programs");
        return new KubernetesEngine(root, new Dictionary<string, string>(_settings) { ["kubeconfig"] = cluster.Kubeconfig!, ["image"] = "debian:12", ["namespace"] = KubernetesCluster.Namespace }, () => { });
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gang_AsAnIndexedJob_RunsWithAndWithoutKueue(bool isQueued)
    {
        _settings = isQueued ? new() { ["queue"] = KubernetesCluster.Queue } : [];

        Gang_RunsAllWorkersOnTheirNodes();
    }

    [SkippableFact]
    public void ApiServer_ThatIsGoneForAWhile_LosesNothing()
    {
        using var service = new TestService(Config, Engine);
        Skip.IfNot(cluster.IsOwn, "the API server is not the tests' to kill");
        var job = service.Submit("echo once; while [ ! -e go ]; do sleep 0.05; done; kill -KILL $PPID", request => request with { Retries = 0 });
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        cluster.RestartApiServer(() => service.Service.Tick());
        Assert.Equal((JobPhase.Running, 1), (service.Job(job.Id).Phase, service.Job(job.Id).Attempt));
        // Nobody writes an exit code: only a watch that goes on can tell that the pod has failed.
        File.WriteAllText(Path.Combine(service.Folder, "jobs", "1", "work", "go"), "");
        Assert.Equal(1, service.Until(job.Id, job => job.Failures > 0 || job.IsOver, 90).Failures);
    }

    [SkippableFact]
    public void Kueue_ThatTakesLentDevicesBack_GetsTheCheckpointAndTheJobGoesOnLater()
    {
        using var service = new TestService(Config, Engine);
        var job = service.Submit("trap 'echo saved; exit 75' TERM; echo attempt $GEOBUK_ATTEMPT; test $GEOBUK_ATTEMPT = 2 && exit 0; while :; do sleep 0.05; done", request => request with { Workers = 2, Devices = 8 });
        service.Until(job.Id, _ => service.Log(job.Id).Split("attempt 1").Length == 3);

        Assert.True(cluster.Kubectl(Owner, "create", "-f", "-"), cluster.Said);
        service.Until(job.Id, _ => service.Log(job.Id).Split("saved").Length == 3);
        var held = service.Until(job.Id, job => job.Attempt == 2 && job.Reason is not null);
        Assert.StartsWith("not begun by its engine: Kueue, couldn't assign flavors", held.Reason?.ToString(), StringComparison.Ordinal);
        Assert.True(cluster.Kubectl(Owner, "delete", "-f", "-"), cluster.Said);
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2), (over.Phase, over.Attempt));
        Assert.Equal(["attempt 1", "attempt 1", "attempt 2", "attempt 2", "saved", "saved"], service.Log(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [SkippableFact]
    public void Pod_OfARealKubelet_GetsAtItsOwnJobsFilesAloneAndAtNothingOfTheCluster()
    {
        using var service = new TestService(Config, Engine);
        Skip.If(cluster.IsOwn, "the pods are processes of this machine and see its files");
        service.Until(service.Submit("echo secret > words").Id, job => job.Phase == JobPhase.Done);

        var job = service.Submit("ls ../..; cat ../../1/work/words || echo forge > ../../worker.sh || ls /var/run/secrets/kubernetes.io || df -k /dev/shm | awk 'END { exit $2 < 100000 }' && echo shm");
        service.Until(job.Id, job => job.IsOver);

        Assert.Equal(["2", "worker.sh"], service.Log(job.Id).Split('\n')[..2]);
        Assert.EndsWith("\nshm\n", service.Log(job.Id), StringComparison.Ordinal);
        Assert.DoesNotContain("secret\n", service.Log(job.Id), StringComparison.Ordinal);
    }
}
