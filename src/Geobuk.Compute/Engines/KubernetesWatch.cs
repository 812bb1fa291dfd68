using System.Collections.Concurrent;
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

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(300);

    private readonly Kubernetes _client;
    private readonly string _namespace;
    private readonly Action _changed;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, bool> _alive = new(StringComparer.Ordinal);
    // Attempts that the cluster has had for certain: only those can have gone.
    private readonly ConcurrentDictionary<string, bool> _created = new(StringComparer.Ordinal);
    private readonly Task _loop;
    private volatile bool _isListed;
    private string? _version;

    public KubernetesWatch(Kubernetes client, string inNamespace, Action changed)
    {
        (_client, _namespace, _changed) = (client, inNamespace, changed);
        _loop = Task.Run(() => RunAsync(_stop.Token));
    }

    /// <summary>Whether an attempt has a Job that has not ended; true as long as that is not known.</summary>
    public bool IsAlive(string attempt) => !_isListed || _alive.GetValueOrDefault(attempt);

    /// <summary>An attempt is about to be created.</summary>
    public void Expect(string attempt) => _alive[attempt] = true;

    /// <summary>The cluster has said that it has created an attempt.</summary>
    public void Confirm(string attempt) => _created[attempt] = true;

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
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (_version is null) await ListAsync(cancellation);
                await FollowAsync(cancellation);
            }
            catch (Exception fault) when (!cancellation.IsCancellationRequested)
            {
                if (IsForgotten(fault)) _version = null;
                await Task.Delay(BetweenTries, cancellation);
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellation)
    {
        // What the cluster had before it was asked for the list and is not on it has gone meanwhile; what is being created may come after it.
        var known = _created.Keys.ToList();
        var list = await _client.BatchV1.ListNamespacedJobAsync(_namespace, labelSelector: KubernetesManifests.Selector, cancellationToken: cancellation);
        foreach (var job in list.Items) Note(job, isGone: false);
        foreach (var attempt in known.Except(list.Items.Select(AttemptOf).OfType<string>())) _alive[attempt] = false;
        _version = list.Metadata.ResourceVersion;
        _isListed = true;
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
        if (AttemptOf(job) is not { } attempt) return;
        Confirm(attempt);
        _alive[attempt] = !isGone && job.Status?.Conditions?.Any(condition => condition is { Type: "Complete" or "Failed", Status: "True" }) != true;
    }

    private static string? AttemptOf(V1Job job) => job.Metadata?.Labels?.TryGetValue(KubernetesManifests.AttemptLabel, out var attempt) == true ? attempt : null;

    private static bool IsForgotten(Exception fault) => fault is HttpOperationException { Response.StatusCode: HttpStatusCode.Gone } or KubernetesException { Status.Code: (int)HttpStatusCode.Gone };
}
