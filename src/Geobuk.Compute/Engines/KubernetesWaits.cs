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
/// image. Asked for in the background and only while somebody wants to know, so that a slow cluster holds nobody up.
/// </summary>
internal sealed class KubernetesWaits(Kubernetes client, string inNamespace)
{
    private const string Kueue = "kueue.x-k8s.io", Workloads = "workloads";
    private const int Longest = 400;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);
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

    private async Task AskAsync()
    {
        var words = new Dictionary<string, Statement>();
        try
        {
            foreach (var workload in await WorkloadsAsync())
                if (Held(workload) is { } held)
                    foreach (var owner in workload["metadata"]?["ownerReferences"]?.AsArray() ?? []) words[(string?)owner?["name"] ?? ""] = held;
            foreach (var pod in (await client.CoreV1.ListNamespacedPodAsync(inNamespace, labelSelector: KubernetesManifests.Selector, fieldSelector: "status.phase=Pending")).Items)
                if (pod.Metadata.Labels.TryGetValue(KubernetesManifests.AttemptLabel, out var attempt) && Held(pod) is { } held) words[attempt] = held;
        }
        catch (Exception fault) when (fault is HttpOperationException or HttpRequestException or IOException or JsonException or OperationCanceledException or ObjectDisposedException)
        {
            // Whether the attempt runs is the watch's to tell; here it is only words that are missing.
        }
        lock (_lock) (_words, _askedAt, _isAsking) = (words, Stopwatch.GetTimestamp(), false);
    }

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

    private static string Short(string text) => text.Length <= Longest ? text : text[..Longest] + "…";
}
