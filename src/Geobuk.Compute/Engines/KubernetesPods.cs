using System.Globalization;
using System.Runtime.InteropServices;
using Geobuk.Models;
using k8s;
using k8s.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// What a worker's pod is: the site's own template, where it has one, and in it a container that runs the worker. Pods run as the service's own
/// user, who owns the folders that they share, get no access to the cluster, and satisfy its "restricted" rules where that user is not root.
/// </summary>
internal sealed partial class KubernetesPods
{
    private const string Container = "worker", Memory = "memory_gib_per_device", Cores = "cores_per_device", Host = "kubernetes.io/hostname", SharedMemory = "/dev/shm", GroupLabel = "geobuk/group";

    /// <summary>$0: the script; $1: what the worker's folder begins with; $2: the group's first worker; the rest: the command.</summary>
    private const string Enter = """f=$1 w=$(($2 + JOB_COMPLETION_INDEX)); shift 2; export GEOBUK_WORKER=$w; exec sh "$0" "$f$w" "$@" """;

    private readonly WorkerFolders _folders;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly IReadOnlySet<string> _cores;
    private readonly long _graceSeconds;
    private readonly string _image, _mount;
    private readonly string? _template;
    private readonly (string Name, string Setting, double? PerDevice)[] _bounds;

    /// <param name="folders">Where workers run.</param>
    /// <param name="settings">The engine's.</param>
    /// <param name="graceSeconds">How long a pod that is asked to leave may take.</param>
    /// <param name="cores">Nodes whose devices are cores.</param>
    public KubernetesPods(WorkerFolders folders, IReadOnlyDictionary<string, string> settings, double graceSeconds, IReadOnlySet<string> cores)
    {
        (_folders, _settings, _cores, _graceSeconds) = (folders, settings, cores, Math.Max(1, (long)Math.Ceiling(graceSeconds)));
        _image = settings.GetValueOrDefault("image") ?? throw new UserInputException("engine_settings.image: missing; expected the image that pods run, with a shell in it. Name one.");
        _mount = settings.GetValueOrDefault("mount") ?? folders.Root;
        if (!IsBelow(folders.Root, _mount)) throw new UserInputException($"engine_settings.mount: {_mount} is not above {folders.Root}, where jobs leave what they made; expected a path that is. Name another, or leave it out.");
        _template = settings.TryGetValue("template", out var file) ? Read(file) : null;
        _bounds = [("memory", Memory, ControlGroups.Number(settings, Memory)), ("cpu", Cores, ControlGroups.Number(settings, Cores))];
    }

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["image", "template", "claim", "mount", "resource", Memory, Cores];

    /// <summary>The pods of a group of workers.</summary>
    /// <exception cref="InvalidOperationException">The job's folder is not among what pods share with the service.</exception>
    public V1PodTemplateSpec Template(EngineJob job, KubernetesGroup group, Dictionary<string, string> labels)
    {
        var template = _template is null ? new V1PodTemplateSpec() : KubernetesJson.Deserialize<V1PodTemplateSpec>(_template);
        template.Metadata ??= new V1ObjectMeta();
        template.Metadata.Labels = (template.Metadata.Labels ?? new Dictionary<string, string>()).Concat(labels).ToDictionary();
        var pod = template.Spec ??= new V1PodSpec();
        pod.RestartPolicy = "Never";
        pod.TerminationGracePeriodSeconds = _graceSeconds;
        pod.AutomountServiceAccountToken ??= false;
        pod.EnableServiceLinks ??= false;
        pod.SecurityContext ??= User is 0 ? new V1PodSecurityContext { RunAsUser = 0, RunAsGroup = 0 }
            : new V1PodSecurityContext { RunAsUser = User, RunAsGroup = Group, RunAsNonRoot = true, SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" } };
        Place(pod, group, template.Metadata.Labels);
        var container = pod.Containers?.FirstOrDefault(container => container.Name == Container) ?? new V1Container { Name = Container };
        pod.Containers = [container, .. pod.Containers?.Where(other => other != container) ?? []];
        Fill(pod, container, job, group);
        Share(pod, container, job);
        var folder = container.WorkingDir = _folders.WorkFolder(job);
        // A container's runtime would make the folder, in the pod, where all that is written is lost.
        if (!container.VolumeMounts.Any(mount => IsBelow(folder, mount.MountPath)))
            throw new InvalidOperationException($"{folder} is not below {string.Join(" or ", container.VolumeMounts.Where(mount => mount.MountPath != SharedMemory && mount.ReadOnlyProperty != true).Select(mount => mount.MountPath))}, what the job's pods share with the service. Leave --folder out, or have the operator set engine_settings.mount to a path above both.");
        return template;
    }

    private static uint User { get; } = OperatingSystem.IsWindows() ? 0 : EffectiveUser();

    private static uint Group { get; } = OperatingSystem.IsWindows() ? 0 : EffectiveGroup();

    /// <summary>On the nodes that the service chose, by their names, and as many workers on each as it chose.</summary>
    private static void Place(V1PodSpec pod, KubernetesGroup group, IDictionary<string, string> labels)
    {
        pod.Affinity ??= new V1Affinity();
        pod.Affinity.NodeAffinity ??= new V1NodeAffinity();
        pod.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = new V1NodeSelector
        {
            NodeSelectorTerms = [.. group.Nodes.Select(node => new V1NodeSelectorTerm { MatchFields = [new V1NodeSelectorRequirement { Key = "metadata.name", OperatorProperty = "In", Values = [node] }] })],
        };
        if (!group.IsEven || group.Nodes.Count == 1) return;
        labels[GroupLabel] = group.Index.ToString(CultureInfo.InvariantCulture);
        pod.TopologySpreadConstraints =
        [
            .. pod.TopologySpreadConstraints ?? [],
            new V1TopologySpreadConstraint
            {
                MaxSkew = 1, TopologyKey = Host, WhenUnsatisfiable = "DoNotSchedule",
                LabelSelector = new V1LabelSelector { MatchLabels = new[] { KubernetesManifests.AttemptLabel, GroupLabel }.ToDictionary(label => label, label => labels[label]) },
            },
        ];
    }

    private void Fill(V1PodSpec pod, V1Container container, EngineJob job, KubernetesGroup group)
    {
        var isCores = job.Nodes.All(node => _cores.Contains(node.Key));
        container.Image = _image;
        container.ImagePullPolicy ??= "IfNotPresent";
        container.TerminationMessagePolicy ??= "FallbackToLogsOnError";
        if (User is not 0) container.SecurityContext ??= new V1SecurityContext { AllowPrivilegeEscalation = false, Capabilities = new V1Capabilities { Drop = ["ALL"] } };
        // Kubernetes puts a variable's value for $(NAME), and one dollar for two.
        container.Command = [.. new[] { "sh", "-c", Enter, _folders.ScriptFile, _folders.FolderPrefix(job), group.First.ToString(CultureInfo.InvariantCulture) }.Concat(job.Command).Select(Literal)];
        container.Args = null;
        // A user whom the image does not know has no home in it.
        IEnumerable<(string Name, string Value)> environment = [.. User is 0 ? [] : new[] { ("HOME", _folders.WorkFolder(job)), ("USER", KubernetesManifests.Owner), ("LOGNAME", KubernetesManifests.Owner) },
            .. _folders.Environment(job), ("GEOBUK_PASS_TERM", "1"), .. isCores ? new[] { ("CUDA_VISIBLE_DEVICES", ""), ("NVIDIA_VISIBLE_DEVICES", "void") } : []];
        container.Env =
        [
            .. environment.Select(pair => new V1EnvVar { Name = pair.Name, Value = Literal(pair.Value) }),
            new V1EnvVar { Name = "GEOBUK_NODE", ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = "spec.nodeName" } } },
            .. container.Env ?? [],
        ];
        container.Resources ??= new V1ResourceRequirements();
        var limits = container.Resources.Limits ??= new Dictionary<string, ResourceQuantity>();
        foreach (var (name, _, perDevice) in _bounds)
            if (perDevice is { } each) limits[name] = new ResourceQuantity(name == "memory" ? ((long)(each * job.Devices * (1L << 30))).ToString(CultureInfo.InvariantCulture) : $"{((long)(each * job.Devices * 1000)).ToString(CultureInfo.InvariantCulture)}m");
        var resource = isCores ? "cpu" : _settings.GetValueOrDefault("resource") ?? "nvidia.com/gpu";
        limits[resource] = new ResourceQuantity(job.Devices.ToString(CultureInfo.InvariantCulture));
        // Nodes with devices often keep everybody else off by a taint that is named like the devices.
        pod.Tolerations = [.. pod.Tolerations ?? [], new V1Toleration { Key = resource, OperatorProperty = "Exists" }];
    }

    /// <summary>
    /// What the pod shares with the service: its job's folder and, to read, the script, so that no job gets at another's files; all below the site's mount, where it has
    /// one. And memory for processes to share, of which a container has 64 MiB.
    /// </summary>
    private void Share(V1PodSpec pod, V1Container container, EngineJob job)
    {
        var shared = _settings.TryGetValue("claim", out var claim) ? new V1Volume { Name = KubernetesManifests.Owner, PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = claim } }
            : new V1Volume { Name = KubernetesManifests.Owner, HostPath = new V1HostPathVolumeSource { Path = _mount, Type = "Directory" } };
        pod.Volumes = [.. pod.Volumes ?? [], shared];
        IEnumerable<V1VolumeMount> mounts = _settings.ContainsKey("mount") ? [new V1VolumeMount { Name = KubernetesManifests.Owner, MountPath = _mount }]
            : [Part(_folders.JobFolder(job.Id), readOnly: null), Part(_folders.ScriptFile, readOnly: true)];
        container.VolumeMounts = [.. container.VolumeMounts ?? [], .. mounts];
        if (container.VolumeMounts.Any(mount => mount.MountPath == SharedMemory)) return;
        pod.Volumes.Add(new V1Volume { Name = "shm", EmptyDir = new V1EmptyDirVolumeSource { Medium = "Memory" } });
        container.VolumeMounts.Add(new V1VolumeMount { Name = "shm", MountPath = SharedMemory });
    }

    private V1VolumeMount Part(string path, bool? readOnly) => new() { Name = KubernetesManifests.Owner, MountPath = path, SubPath = Path.GetRelativePath(_mount, path), ReadOnlyProperty = readOnly };

    /// <summary>The site's template, as JSON.</summary>
    private static string Read(string file)
    {
        try
        {
            return KubernetesJson.Serialize(KubernetesYaml.Deserialize<V1PodTemplateSpec>(File.ReadAllText(file), strict: true) ?? new V1PodTemplateSpec());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException)
        {
            throw new UserInputException($"engine_settings.template: {file}: {(fault.InnerException ?? fault).Message}; expected a pod template in YAML, metadata and spec. kubectl explain job.spec.template shows what it may have.", fault);
        }
    }

    private static string Literal(string word) => word.Replace("$", "$$", StringComparison.Ordinal);

    private static bool IsBelow(string path, string folder) => (Path.GetFullPath(path) + "/").StartsWith(Path.GetFullPath(folder).TrimEnd('/') + "/", StringComparison.Ordinal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint EffectiveGroup();
}
