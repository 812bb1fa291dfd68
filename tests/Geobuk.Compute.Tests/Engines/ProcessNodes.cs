using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>
/// Nodes of a real cluster whose pods are processes of this machine: does of a kubelet what Jobs need. A pod that is placed on one
/// starts, its end is told with its exit code, a deleted one is asked to end, killed when its grace is over, and then taken away.
/// </summary>
internal sealed class ProcessNodes : IDisposable
{
    private const int DevicesPerNode = 8, Grace = 30;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Kubernetes _client;
    private readonly string _namespace;
    private readonly HashSet<string> _nodes;
    private readonly Dictionary<string, PodProcess> _pods = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public ProcessNodes(Kubernetes client, string inNamespace, string[] nodes)
    {
        (_client, _namespace, _nodes) = (client, inNamespace, [.. nodes]);
        foreach (var name in nodes) Register(name);
        _loop = Task.Run(RunAsync);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _loop.Wait();
        foreach (var process in _pods.Values)
        {
            process.Kill();
            process.Dispose();
        }
    }

    private void Register(string name)
    {
        var capacity = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("32"), ["memory"] = new("64Gi"), ["pods"] = new("110"), ["nvidia.com/gpu"] = new($"{DevicesPerNode}") };
        var node = new V1Node { Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = name } } };
        _client.CoreV1.CreateNode(node);
        var status = new V1NodeStatus { Capacity = capacity, Allocatable = capacity, Conditions = [new V1NodeCondition { Type = "Ready", Status = "True", Reason = "KubeletReady" }] };
        _client.CoreV1.PatchNodeStatus(Patch(new { status }), name);
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var there = (await _client.CoreV1.ListNamespacedPodAsync(_namespace)).Items.Where(pod => pod.Spec.NodeName is { } node && _nodes.Contains(node)).ToList();
                foreach (var pod in there) await KeepAsync(pod);
                // Taken away with no grace: what it ran has the time that it had before.
                foreach (var uid in _pods.Keys.Except(there.Select(pod => pod.Metadata.Uid)).ToList())
                {
                    _pods[uid].Terminate(Grace);
                    _pods[uid].Look();
                    if (_pods[uid].HasEnded) _pods.Remove(uid);
                }
            }
            catch (Exception fault) when (fault is HttpOperationException or HttpRequestException or IOException)
            {
                // Someone took it away meanwhile, or the API server is gone for a while; the next look sees it.
            }
            await Task.Delay(Look);
        }
    }

    private async Task KeepAsync(V1Pod pod)
    {
        var (uid, deleted) = (pod.Metadata.Uid, pod.Metadata.DeletionTimestamp);
        if (!_pods.TryGetValue(uid, out var process))
        {
            if (deleted is null && pod.Status.Phase == "Pending") await StartAsync(pod);
            else if (deleted is not null) await TakeAwayAsync(pod);
        }
        else if (process.HasEnded)
        {
            if (pod.Status.Phase is not ("Succeeded" or "Failed")) await TellAsync(pod, process.ExitCode == 0 ? "Succeeded" : "Failed", new { terminated = new { exitCode = process.ExitCode } });
            if (deleted is null) return;
            await TakeAwayAsync(pod);
        }
        else if (deleted is not null)
        {
            process.Terminate(pod.Metadata.DeletionGracePeriodSeconds ?? Grace);
            process.Look();
        }
    }

    private async Task StartAsync(V1Pod pod)
    {
        var container = pod.Spec.Containers[0];
        _pods[pod.Metadata.Uid] = new PodProcess(container.Command, container.WorkingDir ?? "/", (container.Env ?? []).Select(variable => (variable.Name, variable.Value ?? (variable.ValueFrom is { } from ? Field(pod, from.FieldRef.FieldPath) : ""))));
        await TellAsync(pod, "Running", new { running = new { startedAt = DateTime.UtcNow } });
    }

    private static string Field(V1Pod pod, string path) => path.Split('\'') is ["metadata.annotations[", var annotation, "]"] ? pod.Metadata.Annotations[annotation]
        : path.Split('\'') is ["metadata.labels[", var label, "]"] ? pod.Metadata.Labels[label]
        : path == "spec.nodeName" ? pod.Spec.NodeName : throw new NotSupportedException(path);

    private async Task TellAsync(V1Pod pod, string phase, object state)
    {
        var isUp = phase == "Running";
        var containerStatuses = new[] { new { name = pod.Spec.Containers[0].Name, image = pod.Spec.Containers[0].Image, imageID = "", ready = isUp, restartCount = 0, started = isUp, state } };
        var conditions = new[] { new { type = "Ready", status = isUp ? "True" : "False" } };
        await _client.CoreV1.PatchNamespacedPodStatusAsync(Patch(new { status = new { phase, containerStatuses, conditions, startTime = pod.Status.StartTime ?? DateTime.UtcNow } }), pod.Metadata.Name, _namespace);
    }

    private async Task TakeAwayAsync(V1Pod pod) => await _client.CoreV1.DeleteNamespacedPodAsync(pod.Metadata.Name, _namespace, new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } });

    private static V1Patch Patch(object body) => new(KubernetesJson.Serialize(body), V1Patch.PatchType.StrategicMergePatch);
}
