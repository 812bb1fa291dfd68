using System.Collections.Concurrent;
using System.Globalization;
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
    private const int Tries = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), LongestPause = TimeSpan.FromSeconds(5);
    // For as long as clients of NFS believe that there is no such file.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(90);

    private readonly WorkerFolders _folders;
    private readonly KubernetesManifests _manifests;
    private readonly Kubernetes _client;
    private readonly KubernetesWatch _watch;
    private readonly KubernetesWaits _waits;
    private readonly string _namespace;
    private readonly ConcurrentDictionary<string, bool> _removed = [];
    private readonly Dictionary<string, Task<EngineStatus>> _ends = [];
    private readonly TimeSpan _grace, _lost;

    /// <param name="root">Folder for what jobs leave, which pods see under the same path.</param>
    /// <param name="settings">image; kubeconfig and context (the usual ones by default); namespace; queue: a LocalQueue of Kueue;
    /// claim: a PersistentVolumeClaim with <paramref name="root"/> on it, else each node must have the path; mount: a path above the root to
    /// mount instead; resource: what a device is (nvidia.com/gpu); gangs: jobset for JobSets; template: a file with what else a pod needs at this site;
    /// memory_gib_per_device, cores_per_device: what a pod asks for and gets at most.</param>
    /// <param name="changed">Called when anything changed.</param>
    /// <param name="checkpointSeconds">How long a pod may take to leave, whoever asks it to.</param>
    /// <param name="cores">Nodes whose devices are cores.</param>
    /// <param name="lostSeconds">How long after that a node may be silent before what runs there is given up, and again before the cluster is told so.</param>
    public KubernetesEngine(string root, IReadOnlyDictionary<string, string> settings, Action changed, double checkpointSeconds = 120, IReadOnlySet<string>? cores = null, double lostSeconds = 60)
    {
        (_grace, _lost) = (TimeSpan.FromSeconds(checkpointSeconds), TimeSpan.FromSeconds(lostSeconds));
        _folders = new WorkerFolders(root);
        _manifests = new KubernetesManifests(_folders, settings, checkpointSeconds, cores ?? new HashSet<string>());
        var config = Configuration(settings);
        _namespace = settings.GetValueOrDefault("namespace") ?? config.Namespace ?? "default";
        _client = new Kubernetes(config);
        _waits = new KubernetesWaits(_client, _namespace);
        _watch = new KubernetesWatch(_client, _namespace, changed);
    }

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["kubeconfig", "context", "namespace", "queue", "gangs", .. KubernetesPods.Settings];

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
        // Of a JobSet the Jobs are still to come.
        if (!_manifests.IsJobSet(job)) _watch.Confirm(name);
    }

    /// <inheritdoc />
    public EngineStatus Status(EngineJob job)
    {
        var name = _folders.NameOf(job);
        var status = _folders.Status(job, _ => _watch.IsAlive(name));
        if (status.State == EngineState.Lost)
        {
            // Its exit code may still be on its way through the file system: it is on it where the pods came to their end by themselves.
            if (WorkerFolders.IsYoung(_folders.FolderOf(job, 0)) && _folders.HasBegun(job) || _watch.Completed(name) < OnItsWay) return new EngineStatus(EngineState.Running);
            var end = _ends.TryGetValue(name, out var asked) ? asked : _ends[name] = Task.Run(() => _waits.EndAsync(name));
            if (!end.IsCompleted) return new EngineStatus(EngineState.Running);
            status = end.Result;
        }
        // What Kueue suspended would start again there, beside the attempt that the service makes of it.
        if (status.State != EngineState.Running)
        {
            InBackground(() => Remove(job));
            _ends.Remove(name);
        }
        else if (_watch.Leaving(name) is { } leaving && leaving > _grace + _lost) GiveUp(job, leaving);
        else if (!_folders.HasBegun(job)) return status with { Waits = _waits.Of(name) };
        return status;
    }

    /// <inheritdoc />
    public bool Fence(EngineJob job)
    {
        var never = _folders.Fence(job);
        if (never) Remove(job);
        return never;
    }

    /// <inheritdoc />
    public void AskToLeave(EngineJob job)
    {
        _folders.RequestCheckpoint(job.Id);
        Remove(job);
    }

    /// <inheritdoc />
    public void Kill(EngineJob job)
    {
        _removed.Remove(_folders.NameOf(job), out _);
        var hasBegun = _folders.HasBegun(job);
        // A node lets who was asked to leave have all of the time that he was given then.
        _folders.Kill(job);
        // With a grace of nothing they would be gone from the cluster at once and run on all the same.
        DeletePods(job, graceSeconds: 1);
        Remove(job);
        // Nothing need ever have come of it that the watch could see go.
        if (!hasBegun) _watch.Forget(_folders.NameOf(job));
    }

    /// <summary>
    /// A node that does not answer never says that its pods have ended. What may still run there is told so by the shared files, and when it has had
    /// time to see them the cluster is told to forget the pods.
    /// </summary>
    private void GiveUp(EngineJob job, TimeSpan leaving)
    {
        _folders.Kill(job);
        if (leaving < _grace + 2 * _lost) return;
        _ends[_folders.NameOf(job)] = Task.FromResult(new EngineStatus(EngineState.Lost, End: "its node does not answer"));
        InBackground(() => DeletePods(job, graceSeconds: 0));
    }

    /// <summary>What is no more than tidying waits for no cluster; what of it is left undone, the cluster itself removes an hour after its end.</summary>
    private static void InBackground(Action act) => Task.Run(() =>
    {
        try
        {
            act();
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
        }
    });

    // The grace is read from the body alone.
    private void DeletePods(EngineJob job, int graceSeconds) => Ask(async cancellation =>
        await _client.CoreV1.DeleteCollectionNamespacedPodAsync(_namespace, new V1DeleteOptions { GracePeriodSeconds = graceSeconds }, labelSelector: $"{KubernetesManifests.AttemptLabel}={_folders.NameOf(job)}", cancellationToken: cancellation), HttpStatusCode.NotFound);

    /// <inheritdoc />
    public void Dispose()
    {
        _watch.Dispose();
        _client.Dispose();
    }

    /// <summary>Deletes the Job and waits for its pods in the cluster: each gets SIGTERM, and SIGKILL after the grace of its manifest.</summary>
    private void Remove(EngineJob job)
    {
        if (_removed.ContainsKey(_folders.NameOf(job))) return;
        var options = new V1DeleteOptions { PropagationPolicy = "Foreground" };
        Ask(async cancellation =>
        {
            if (_manifests.IsJobSet(job)) await _client.CustomObjects.DeleteNamespacedCustomObjectAsync(KubernetesJobSet.Group, KubernetesJobSet.Version, _namespace, KubernetesJobSet.Plural, _folders.NameOf(job), options, cancellationToken: cancellation);
            else await _client.BatchV1.DeleteNamespacedJobAsync(_folders.NameOf(job), _namespace, options, cancellationToken: cancellation);
        }, HttpStatusCode.NotFound);
        _removed[_folders.NameOf(job)] = true;
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
                catch (Exception fault) when ((IsBroken(fault) || IsBusy(fault)) && tries < Tries && !patience.IsCancellationRequested)
                {
                    Thread.Sleep(PauseAfter(fault, tries));
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

    /// <summary>It takes no more calls for now, or something behind it does not answer.</summary>
    private static bool IsBusy(Exception fault) => fault is HttpOperationException { Response.StatusCode: HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError };

    /// <summary>For as long as it was asked for, within bounds.</summary>
    private static TimeSpan PauseAfter(Exception fault, int tries) =>
        fault is HttpOperationException { Response.Headers: { } headers } && headers.TryGetValue("Retry-After", out var asked) && uint.TryParse(asked.FirstOrDefault(), CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestPause.TotalSeconds)) : TimeSpan.FromMilliseconds(tries * 50);

    /// <summary>The connection broke, before or within the answer.</summary>
    private static bool IsBroken(Exception fault) => fault is HttpRequestException or IOException or JsonException;
}
