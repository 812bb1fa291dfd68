using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Compute.Wording;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Why attempts that were created have not begun: what Kueue says of their Workloads, the scheduler of their pods, a node of their
/// image or their volume, a rule of the namespace that lets no pod come to be. And how those ended that left no exit code. Asked for in the
/// background and only while somebody wants to know, so that a slow cluster holds nobody up.
/// </summary>
internal sealed class KubernetesWaits(Kubernetes client, string inNamespace)
{
    private const string Kueue = "kueue.x-k8s.io", Workloads = "workloads";
    private const int Longest = 400, Signals = 128;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2), Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Versions = ["v1beta2", "v1beta1"];

    private readonly Lock _lock = new();
    private IReadOnlyDictionary<string, Statement> _words = new Dictionary<string, Statement>();
    private long? _askedAt;
    private bool _isAsking;

    /// <summary>What an attempt waits for, as of a moment ago; null where nothing is known of it.</summary>
    public Statement? Of(string attempt)
    {
        lock (_lock)
        {
            if (!_isAsking && (_askedAt is not { } at || Stopwatch.GetElapsedTime(at) > Age)) (_isAsking, _) = (true, Task.Run(AskAsync));
            return _words.GetValueOrDefault(attempt);
        }
    }

    /// <summary>How an attempt without an exit code ended: lost, in the cluster's words if it says why, or by an exit code of the container's own.</summary>
    public async Task<EngineStatus> EndAsync(string attempt)
    {
        var lost = new EngineStatus(EngineState.Lost);
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var pods = await client.CoreV1.ListNamespacedPodAsync(inNamespace, labelSelector: $"{KubernetesManifests.AttemptLabel}={attempt}", cancellationToken: patience.Token);
            var ends = pods.Items.Select(End).Where(end => end.End is not null).ToList();
            return ends.Count == 0 ? lost : ends.Find(end => end.State == EngineState.Exited) is { End: not null } exited ? exited : ends[0];
        }
        catch (Exception fault) when (IsTrouble(fault))
        {
            return lost;
        }
    }

    private async Task AskAsync()
    {
        var words = new Dictionary<string, Statement>();
        try
        {
            // What says it best comes last.
            foreach (var job in await EventsAsync("Job"))
                if (job.Reason == "FailedCreate") words[job.InvolvedObject.Name] = new(Phrase.EngineWords, Short(job.Message));
            foreach (var workload in await WorkloadsAsync())
                if (Held(workload) is { } held)
                    foreach (var owner in workload["metadata"]?["ownerReferences"]?.AsArray() ?? []) words[(string?)owner?["name"] ?? ""] = held;
            var pods = (await client.CoreV1.ListNamespacedPodAsync(inNamespace, labelSelector: KubernetesManifests.Selector, fieldSelector: "status.phase=Pending")).Items;
            var events = pods.Any(pod => Held(pod) is null) ? (await EventsAsync("Pod")).ToLookup(one => one.InvolvedObject.Name) : null;
            foreach (var pod in pods)
                if (pod.Metadata.Labels.TryGetValue(KubernetesManifests.AttemptLabel, out var attempt) && (Held(pod) ?? events?[pod.Metadata.Name].Select(one => new Statement(Phrase.EngineWords, Short($"{one.Reason}: {one.Message}"))).LastOrDefault()) is { } held) words[attempt] = held;
        }
        catch (Exception fault) when (IsTrouble(fault))
        {
            // Whether the attempt runs is the watch's to tell; here it is only words that are missing.
        }
        lock (_lock) (_words, _askedAt, _isAsking) = (words, Stopwatch.GetTimestamp(), false);
    }

    /// <summary>What went wrong with objects of a kind, the latest last; nothing where the role does not let the service ask.</summary>
    private async Task<IEnumerable<Corev1Event>> EventsAsync(string kind)
    {
        try
        {
            var events = await client.CoreV1.ListNamespacedEventAsync(inNamespace, fieldSelector: $"type=Warning,involvedObject.kind={kind}");
            return events.Items.OrderBy(one => one.LastTimestamp ?? one.EventTime ?? one.Metadata.CreationTimestamp);
        }
        catch (HttpOperationException fault) when (fault.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return [];
        }
    }

    private static bool IsTrouble(Exception fault) => fault is HttpOperationException or HttpRequestException or IOException or JsonException or OperationCanceledException or ObjectDisposedException;

    private async Task<IEnumerable<JsonNode>> WorkloadsAsync()
    {
        foreach (var version in Versions)
            try
            {
                var answer = await client.CustomObjects.ListNamespacedCustomObjectAsync<JsonNode>(Kueue, version, inNamespace, Workloads);
                return answer["items"]?.AsArray().OfType<JsonNode>() ?? [];
            }
            catch (HttpOperationException fault) when (fault.Response.StatusCode == HttpStatusCode.NotFound)
            {
                // An older Kueue, or none.
            }
        return [];
    }

    /// <summary>What keeps a Workload from its quota, in Kueue's words.</summary>
    private static Statement? Held(JsonNode workload)
    {
        var conditions = (workload["status"]?["conditions"]?.AsArray() ?? []).OfType<JsonNode>().ToList();
        if (conditions.Any(condition => (string?)condition["type"] == "Admitted" && (string?)condition["status"] == "True")) return null;
        var message = conditions.Where(condition => (string?)condition["type"] is "QuotaReserved" or "Admitted" && (string?)condition["status"] == "False").Select(condition => (string?)condition["message"]).FirstOrDefault(text => !string.IsNullOrEmpty(text));
        return message is null ? new(Phrase.KueueHasNotLooked) : new(Phrase.EngineWords, $"Kueue, {Short(message)}");
    }

    /// <summary>What keeps a pod from a node, or its container from starting.</summary>
    private static Statement? Held(V1Pod pod)
    {
        var waiting = pod.Status.ContainerStatuses?.Select(container => container.State?.Waiting).FirstOrDefault(state => state?.Message is not null);
        if (waiting is not null) return new(Phrase.EngineWords, Short($"{waiting.Reason}: {waiting.Message}"));
        var unplaced = pod.Status.Conditions?.FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: "False" });
        return unplaced?.Message is { } message ? new(Phrase.EngineWords, Short($"{unplaced.Reason}: {message}")) : null;
    }

    /// <summary>How a pod ended: by what was done to it, or by what its container said. Its script ends with 0 once it has run the command.</summary>
    private static EngineStatus End(V1Pod pod)
    {
        var ended = pod.Status.ContainerStatuses?.Select(container => container.State?.Terminated).FirstOrDefault(state => state is { ExitCode: not 0 });
        if (ended?.Reason == "OOMKilled") return new EngineStatus(EngineState.Exited, ended.ExitCode, End: "OOMKilled: it took more memory than its pod may");
        var disrupted = pod.Status.Conditions?.FirstOrDefault(condition => condition is { Type: "DisruptionTarget", Status: "True" });
        if (pod.Status.Reason is not null || disrupted is not null) return new EngineStatus(EngineState.Lost, End: Short($"{pod.Status.Reason ?? disrupted!.Reason}: {pod.Status.Message ?? disrupted?.Message}"));
        // Signals come from outside; else it could not begin, and could not the next time.
        if (ended is null or { ExitCode: > Signals }) return new EngineStatus(EngineState.Lost);
        return new EngineStatus(EngineState.Exited, ended.ExitCode, End: Short($"the worker could not begin: {(ended.Message ?? ended.Reason).Trim()}"));
    }

    private static string Short(string text) => text.Length <= Longest ? text : text[..Longest] + "…";
}
