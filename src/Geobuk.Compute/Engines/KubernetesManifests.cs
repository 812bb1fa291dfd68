using System.Globalization;
using Geobuk.Models;
using k8s.Models;

namespace Geobuk.Compute.Engines;

/// <summary>What an attempt is to Kubernetes: an indexed Job whose pods run the script that takes a worker's folder.</summary>
internal sealed class KubernetesManifests
{
    public const string AttemptLabel = "geobuk/attempt", OwnerLabel = "app.kubernetes.io/managed-by", Owner = "geobuk";

    private const string QueueLabel = "kueue.x-k8s.io/queue-name";
    private const int KeptSeconds = 3600;

    /// <summary>Finds what this service, or another like it, made.</summary>
    public const string Selector = $"{OwnerLabel}={Owner}";

    private readonly WorkerFolders _folders;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly KubernetesPods _pods;

    public KubernetesManifests(WorkerFolders folders, IReadOnlyDictionary<string, string> settings, double graceSeconds, IReadOnlySet<string> cores) =>
        (_folders, _settings, _pods) = (folders, settings, new KubernetesPods(folders, settings, graceSeconds, cores));

    public bool IsJobSet(EngineJob job) => job.Workers > 1 && _settings.GetValueOrDefault("gangs") == "jobset";

    public V1Job Job(EngineJob job) => new() { ApiVersion = "batch/v1", Kind = "Job", Metadata = Metadata(job, inQueue: true), Spec = Spec(job, KubernetesGroup.All(job), Queue is null ? null : true) };

    public KubernetesJobSet JobSet(EngineJob job) => new()
    {
        Metadata = Metadata(job, inQueue: true),
        Spec = new KubernetesJobSet.SetSpec
        {
            Suspend = Queue is null ? null : true,
            TtlSecondsAfterFinished = KeptSeconds,
            ReplicatedJobs = [.. KubernetesGroup.Even(job).Select((group, index) => new KubernetesJobSet.Replicated
            {
                Name = $"w{index.ToString(CultureInfo.InvariantCulture)}",
                Template = new V1JobTemplateSpec { Metadata = Metadata(job, inQueue: false), Spec = Spec(job, group, suspend: null) },
            })],
        },
    };

    private string? Queue => _settings.GetValueOrDefault("queue");

    private V1ObjectMeta Metadata(EngineJob job, bool inQueue)
    {
        var labels = Labels(job);
        if (inQueue && Queue is { } queue) labels[QueueLabel] = queue;
        return new V1ObjectMeta { Name = inQueue ? _folders.NameOf(job) : null, Labels = labels };
    }

    private Dictionary<string, string> Labels(EngineJob job) => new() { [OwnerLabel] = Owner, [AttemptLabel] = _folders.NameOf(job) };

    /// <summary>No pod is tried again: an attempt that fails is the service's to repeat.</summary>
    private V1JobSpec Spec(EngineJob job, KubernetesGroup group, bool? suspend) => new()
    {
        Suspend = suspend,
        Completions = group.Workers,
        Parallelism = group.Workers,
        CompletionMode = "Indexed",
        BackoffLimit = 0,
        TtlSecondsAfterFinished = KeptSeconds,
        Template = _pods.Template(job, group, Labels(job)),
    };
}
