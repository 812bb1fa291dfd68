using System.Diagnostics;
using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Which attempts are alive, kept up to date by a list and a watch that goes on from the version it saw last: after a
/// connection that ended it resumes, after a version that the cluster has forgotten (410) it lists anew.
/// </summary>
internal sealed class KubernetesWatch : IDisposable
{
    private const int WatchSeconds = 300;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(300), Longest = TimeSpan.FromSeconds(5);

    private readonly Kubernetes _client;
    private readonly string _namespace;
    private readonly Action _changed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Attempt> _attempts = [];
    private readonly Task _loop;
    private bool _isListed;
    private string? _version;

    public KubernetesWatch(Kubernetes client, string inNamespace, Action changed)
    {
        (_client, _namespace, _changed) = (client, inNamespace, changed);
        _loop = Task.Run(() => RunAsync(_stop.Token));
    }

    /// <summary>Whether an attempt has a Job that has not ended, or is about to; true as long as that is not known.</summary>
    public bool IsAlive(string attempt)
    {
        lock (_lock) return !_isListed || (_attempts.TryGetValue(attempt, out var found) && found.IsAlive);
    }

    /// <summary>For how long an attempt has been on its way out, by being deleted or by the loss of a pod; null where it is not.</summary>
    public TimeSpan? Leaving(string attempt)
    {
        lock (_lock) return _attempts.TryGetValue(attempt, out var found) && found.LeavingSince is { } since ? Stopwatch.GetElapsedTime(since) : null;
    }

    /// <summary>For how long all pods of an attempt have been at their end with nothing wrong, so that their exit codes must lie there; null where they are not.</summary>
    public TimeSpan? Completed(string attempt)
    {
        lock (_lock) return _attempts.TryGetValue(attempt, out var found) && !found.IsAlive && found.CompletedSince is { } since ? Stopwatch.GetElapsedTime(since) : null;
    }

    /// <summary>An attempt is about to be created.</summary>
    public void Expect(string attempt)
    {
        lock (_lock) _attempts.TryAdd(attempt, new Attempt { IsExpected = true });
    }

    /// <summary>The cluster has said that it has created an attempt's Job.</summary>
    public void Confirm(string attempt)
    {
        lock (_lock)
            if (_attempts.TryGetValue(attempt, out var found)) found.IsCreated = true;
    }

    /// <summary>An attempt can no longer begin.</summary>
    public void Forget(string attempt)
    {
        lock (_lock) _attempts.Remove(attempt);
    }

    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            _loop.Wait();
        }
        catch (AggregateException)
        {
            // Cancelled.
        }
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        for (var pause = BetweenTries; !cancellation.IsCancellationRequested;)
        {
            try
            {
                if (_version is null) await ListAsync(cancellation);
                await FollowAsync(cancellation);
                pause = BetweenTries;
            }
            catch (Exception fault) when (!cancellation.IsCancellationRequested)
            {
                if (IsForgotten(fault)) _version = null;
                await Task.Delay(pause, cancellation);
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, Longest.Ticks));
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellation)
    {
        // What the cluster had before it was asked for the list and is not on it has gone meanwhile; what is being created may come after it.
        List<string> known;
        lock (_lock) known = [.. _attempts.Where(pair => pair.Value.IsCreated || pair.Value.Jobs.Count > 0).Select(pair => pair.Key)];
        var list = await _client.BatchV1.ListNamespacedJobAsync(_namespace, labelSelector: KubernetesManifests.Selector, cancellationToken: cancellation);
        lock (_lock)
        {
            foreach (var attempt in known) _attempts.GetValueOrDefault(attempt)?.Jobs.Clear();
            foreach (var job in list.Items) Note(job, isGone: false);
            foreach (var attempt in known.Except(list.Items.Select(AttemptOf).OfType<string>())) _attempts.Remove(attempt);
            _isListed = true;
        }
        _version = list.Metadata.ResourceVersion;
        _changed();
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        Exception? fault = null;
        await foreach (var (type, job) in _client.BatchV1.WatchListNamespacedJobAsync(_namespace, allowWatchBookmarks: true, labelSelector: KubernetesManifests.Selector,
            resourceVersion: _version, timeoutSeconds: WatchSeconds, onError: error => fault = error, cancellationToken: cancellation))
        {
            if (job?.Metadata?.ResourceVersion is { } version) _version = version;
            if (type == WatchEventType.Bookmark || job is null) continue;
            Note(job, type == WatchEventType.Deleted);
            _changed();
        }
        if (fault is not null) throw fault;
    }

    private void Note(V1Job job, bool isGone)
    {
        if (AttemptOf(job) is not { } name) return;
        lock (_lock)
        {
            if (!_attempts.TryGetValue(name, out var attempt)) _attempts[name] = attempt = new Attempt();
            attempt.IsExpected = false;
            if (isGone || Has(job, "Complete") || Has(job, "Failed")) attempt.Jobs.Remove(job.Metadata.Name);
            else attempt.Jobs.Add(job.Metadata.Name);
            if (job.Metadata.DeletionTimestamp is not null || Has(job, "FailureTarget")) attempt.LeavingSince ??= Stopwatch.GetTimestamp();
            if (Has(job, "Complete")) attempt.CompletedSince ??= Stopwatch.GetTimestamp();
            if (isGone && attempt.Jobs.Count == 0) _attempts.Remove(name);
        }
    }

    private static bool Has(V1Job job, string condition) => job.Status?.Conditions?.Any(one => one.Type == condition && one.Status == "True") == true;

    private static string? AttemptOf(V1Job job) => job.Metadata?.Labels?.TryGetValue(KubernetesManifests.AttemptLabel, out var attempt) == true ? attempt : null;

    private static bool IsForgotten(Exception fault) => fault is HttpOperationException { Response.StatusCode: HttpStatusCode.Gone } or KubernetesException { Status.Code: (int)HttpStatusCode.Gone };

    /// <summary>What the cluster has of an attempt: a Job, or those of a JobSet.</summary>
    private sealed class Attempt
    {
        public bool IsExpected { get; set; }

        // Only what the cluster had for certain can have gone.
        public bool IsCreated { get; set; }

        public HashSet<string> Jobs { get; } = [];

        public long? LeavingSince { get; set; }

        public long? CompletedSince { get; set; }

        public bool IsAlive => IsExpected || Jobs.Count > 0;
    }
}
