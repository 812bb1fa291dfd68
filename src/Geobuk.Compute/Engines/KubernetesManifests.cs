using System.Globalization;
using Geobuk.Models;
using k8s.Models;

namespace Geobuk.Compute.Engines;

/// <summary>What an attempt is to Kubernetes: an indexed Job whose pods run the script that takes a worker's folder.</summary>
internal sealed class KubernetesManifests
{
    public const string AttemptLabel = "geobuk/attempt", OwnerLabel = "app.kubernetes.io/managed-by", Owner = "geobuk";

    private const string QueueLabel = "kueue.x-k8s.io/queue-name", HostLabel = "kubernetes.io/hostname";
    private const int GraceSeconds = 600, KeptSeconds = 3600;

    /// <summary>Finds what this service, or another like it, made.</summary>
    public const string Selector = $"{OwnerLabel}={Owner}";

    /// <summary>$0: the script; $1: what the worker's folder begins with; the rest: the command.</summary>
    private const string Enter = """f=$1; shift; export GEOBUK_WORKER=$JOB_COMPLETION_INDEX; exec sh "$0" "$f$GEOBUK_WORKER" "$@" """;

    private readonly WorkerFolders _folders;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly string _image;

    public KubernetesManifests(WorkerFolders folders, IReadOnlyDictionary<string, string> settings)
    {
        (_folders, _settings) = (folders, settings);
        _image = settings.GetValueOrDefault("image") ?? throw new UserInputException("engine_settings.image: missing; expected the image that pods run, with a shell in it. Name one.");
    }

    public bool IsJobSet(EngineJob job) => job.Workers > 1 && _settings.GetValueOrDefault("gangs") == "jobset";

    public V1Job Job(EngineJob job) => new() { ApiVersion = "batch/v1", Kind = "Job", Metadata = Metadata(job, inQueue: true), Spec = Spec(job, Queue is null ? null : true) };

    public KubernetesJobSet JobSet(EngineJob job) => new()
    {
        Metadata = Metadata(job, inQueue: true),
        Spec = new KubernetesJobSet.SetSpec
        {
            Suspend = Queue is null ? null : true,
            ReplicatedJobs = [new KubernetesJobSet.Replicated { Name = "w", Template = new V1JobTemplateSpec { Metadata = Metadata(job, inQueue: false), Spec = Spec(job, suspend: null) } }],
        },
    };

    private string? Queue => _settings.GetValueOrDefault("queue");

    private V1ObjectMeta Metadata(EngineJob job, bool inQueue)
    {
        var labels = new Dictionary<string, string> { [OwnerLabel] = Owner, [AttemptLabel] = _folders.NameOf(job) };
        if (inQueue && Queue is { } queue) labels[QueueLabel] = queue;
        return new V1ObjectMeta { Name = inQueue ? _folders.NameOf(job) : null, Labels = labels };
    }

    /// <summary>No pod is tried again: an attempt that fails is the service's to repeat.</summary>
    private V1JobSpec Spec(EngineJob job, bool? suspend) => new()
    {
        Suspend = suspend,
        Completions = job.Workers,
        Parallelism = job.Workers,
        CompletionMode = "Indexed",
        BackoffLimit = 0,
        TtlSecondsAfterFinished = KeptSeconds,
        Template = new V1PodTemplateSpec { Metadata = Metadata(job, inQueue: false), Spec = Pod(job) },
    };

    private V1PodSpec Pod(EngineJob job)
    {
        var mount = _settings.GetValueOrDefault("mount") ?? _folders.Root;
        var resource = _settings.GetValueOrDefault("resource") ?? "nvidia.com/gpu";
        return new V1PodSpec
        {
            RestartPolicy = "Never",
            TerminationGracePeriodSeconds = GraceSeconds,
            Affinity = new V1Affinity
            {
                NodeAffinity = new V1NodeAffinity
                {
                    RequiredDuringSchedulingIgnoredDuringExecution = new V1NodeSelector
                    {
                        NodeSelectorTerms = [new V1NodeSelectorTerm { MatchExpressions = [new V1NodeSelectorRequirement { Key = HostLabel, OperatorProperty = "In", Values = [.. job.Nodes.Select(node => node.Key)] }] }],
                    },
                },
            },
            Volumes = [_settings.TryGetValue("claim", out var claim)
                ? new V1Volume { Name = Owner, PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = claim } }
                : new V1Volume { Name = Owner, HostPath = new V1HostPathVolumeSource { Path = mount, Type = "Directory" } }],
            Containers =
            [
                new V1Container
                {
                    Name = "worker",
                    Image = _image,
                    Command = ["sh", "-c", Enter, _folders.ScriptFile, _folders.FolderPrefix(job), .. job.Command],
                    WorkingDir = _folders.WorkFolder(job),
                    Env =
                    [
                        .. _folders.Environment(job).Select(pair => new V1EnvVar { Name = pair.Name, Value = pair.Value }),
                        new V1EnvVar { Name = "GEOBUK_PASS_TERM", Value = "1" },
                        new V1EnvVar { Name = "GEOBUK_NODE", ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = "spec.nodeName" } } },
                    ],
                    Resources = new V1ResourceRequirements { Limits = new Dictionary<string, ResourceQuantity> { [resource] = new(job.Devices.ToString(CultureInfo.InvariantCulture)) } },
                    VolumeMounts = [new V1VolumeMount { Name = Owner, MountPath = mount }],
                },
            ],
        };
    }
}
