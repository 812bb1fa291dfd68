using System.Net;
using System.Text.Json;
using Geobuk.Models;
using Geobuk.Recipes;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using k8s.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Runs attempts as Jobs of a Kubernetes cluster, or gangs as JobSets, under a queue of Kueue where one is named. Pods share a
/// file system with the service (a claim, or a path that every node has); exit codes and logs lie there, so they outlive pods and
/// controllers. The service decides who runs where; Kueue, if it is there, may still hold a Job back or suspend it, and a
/// suspended one that checkpointed is requeued by the service like any other.
/// </summary>
public sealed class KubernetesEngine : IComputeEngine, IDisposable
{
    private const int Tries = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WorkerFolders _folders;
    private readonly KubernetesManifests _manifests;
    private readonly Kubernetes _client;
    private readonly KubernetesWatch _watch;
    private readonly KubernetesWaits _waits;
    private readonly string _namespace;
    private readonly HashSet<string> _removed = [];

    /// <param name="root">Folder for what jobs leave, which pods see under the same path.</param>
    /// <param name="settings">image; kubeconfig and context (the usual ones by default); namespace; queue: a LocalQueue of Kueue;
    /// claim: a PersistentVolumeClaim with <paramref name="root"/> on it, else each node must have the path; mount: a path above the root to
    /// mount instead; resource: what a device is (nvidia.com/gpu); gangs: jobset for JobSets.</param>
    /// <param name="changed">Called when anything changed.</param>
    public KubernetesEngine(string root, IReadOnlyDictionary<string, string> settings, Action changed)
    {
        _folders = new WorkerFolders(root);
        _manifests = new KubernetesManifests(_folders, settings);
        var config = Configuration(settings);
        _namespace = settings.GetValueOrDefault("namespace") ?? config.Namespace ?? "default";
        _client = new Kubernetes(config);
        _waits = new KubernetesWaits(_client, _namespace);
        _watch = new KubernetesWatch(_client, _namespace, changed);
    }

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["image", "kubeconfig", "context", "namespace", "queue", "gangs", "claim", "mount", "resource"];

    /// <inheritdoc />
    public string LogFile(long job) => _folders.LogFile(job);

    /// <inheritdoc />
    public Idleness? Idleness(EngineJob job) => _folders.Idleness(job);

    /// <inheritdoc />
    public CheckpointReport? Report(EngineJob job) => _folders.Report(job.Id);

    /// <inheritdoc />
    public void Start(EngineJob job)
    {
        for (var worker = 0; worker < job.Workers; worker++) _folders.Prepare(job, worker);
        var name = _folders.NameOf(job);
        _watch.Expect(name);
        Ask(async cancellation =>
        {
            if (_manifests.IsJobSet(job)) await _client.CustomObjects.CreateNamespacedCustomObjectAsync(_manifests.JobSet(job), KubernetesJobSet.Group, KubernetesJobSet.Version, _namespace, KubernetesJobSet.Plural, cancellationToken: cancellation);
            else await _client.BatchV1.CreateNamespacedJobAsync(_manifests.Job(job), _namespace, cancellationToken: cancellation);
        }, HttpStatusCode.Conflict);
        _watch.Confirm(name);
    }

    /// <inheritdoc />
    public EngineStatus Status(EngineJob job)
    {
        var status = _folders.Status(job, _ => _watch.IsAlive(_folders.NameOf(job)));
        // Its exit code may still be on its way through the file system.
        if (status.State == EngineState.Lost && WorkerFolders.IsYoung(_folders.FolderOf(job, 0)) && Directory.Exists(Path.Combine(_folders.FolderOf(job, 0), "taken"))) return new EngineStatus(EngineState.Running);
        // What Kueue suspended would start again there, beside the attempt that the service makes of it.
        if (status.State != EngineState.Running) Remove(job, graceSeconds: 0);
        else if (!_folders.HasBegun(job)) return status with { Waits = _waits.Of(_folders.NameOf(job)) };
        return status;
    }

    /// <inheritdoc />
    public bool Fence(EngineJob job)
    {
        var never = _folders.Fence(job);
        if (never) Remove(job, graceSeconds: 0);
        return never;
    }

    /// <inheritdoc />
    public void AskToLeave(EngineJob job)
    {
        _folders.RequestCheckpoint(job.Id);
        Remove(job, graceSeconds: null);
    }

    /// <inheritdoc />
    public void Kill(EngineJob job)
    {
        _removed.Remove(_folders.NameOf(job));
        Ask(async cancellation => await _client.CoreV1.DeleteCollectionNamespacedPodAsync(_namespace, labelSelector: $"{KubernetesManifests.AttemptLabel}={_folders.NameOf(job)}", gracePeriodSeconds: 0, cancellationToken: cancellation), HttpStatusCode.NotFound);
        Remove(job, graceSeconds: 0);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _watch.Dispose();
        _client.Dispose();
    }

    /// <summary>Deletes the Job and waits for its pods in the cluster: each gets SIGTERM, and SIGKILL after the grace of its manifest.</summary>
    private void Remove(EngineJob job, int? graceSeconds)
    {
        if (!_removed.Add(_folders.NameOf(job))) return;
        var options = new V1DeleteOptions { PropagationPolicy = "Foreground", GracePeriodSeconds = graceSeconds };
        Ask(async cancellation =>
        {
            if (_manifests.IsJobSet(job)) await _client.CustomObjects.DeleteNamespacedCustomObjectAsync(KubernetesJobSet.Group, KubernetesJobSet.Version, _namespace, KubernetesJobSet.Plural, _folders.NameOf(job), options, cancellationToken: cancellation);
            else await _client.BatchV1.DeleteNamespacedJobAsync(_folders.NameOf(job), _namespace, options, cancellationToken: cancellation);
        }, HttpStatusCode.NotFound);
    }

    private static KubernetesClientConfiguration Configuration(IReadOnlyDictionary<string, string> settings)
    {
        try
        {
            return settings.TryGetValue("kubeconfig", out var file) ? KubernetesClientConfiguration.BuildConfigFromConfigFile(file, settings.GetValueOrDefault("context"))
                : KubernetesClientConfiguration.IsInCluster() ? KubernetesClientConfiguration.InClusterConfig()
                : KubernetesClientConfiguration.BuildConfigFromConfigFile(currentContext: settings.GetValueOrDefault("context"));
        }
        catch (Exception fault) when (fault is KubeConfigException or IOException or YamlDotNet.Core.YamlException)
        {
            throw new UserInputException($"engine_settings.kubeconfig: {fault.Message}; expected a kubeconfig file that names a cluster. kubectl config view shows the usual one.", fault);
        }
    }

    /// <summary>One call; an answer that says it was done before counts as done, so a connection that broke is no reason not to ask again.</summary>
    private static void Ask(Func<CancellationToken, Task> call, HttpStatusCode already)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            for (var tries = 1; ; tries++)
            {
                try
                {
                    call(patience.Token).GetAwaiter().GetResult();
                    return;
                }
                catch (Exception fault) when (IsBroken(fault) && tries < Tries && !patience.IsCancellationRequested)
                {
                    Thread.Sleep(tries * 50);
                }
            }
        }
        catch (HttpOperationException fault) when (fault.Response.StatusCode == already)
        {
        }
        catch (HttpOperationException fault)
        {
            throw new IOException($"kubernetes: {fault.Response.StatusCode}: {fault.Response.Content}", fault);
        }
        catch (Exception fault) when (IsBroken(fault) || fault is OperationCanceledException)
        {
            throw new IOException($"kubernetes: {fault.Message}", fault);
        }
    }

    /// <summary>The connection broke, before or within the answer.</summary>
    private static bool IsBroken(Exception fault) => fault is HttpRequestException or IOException or JsonException;
}
