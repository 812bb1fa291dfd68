using System.Text.Json.Serialization;
using k8s.Models;

namespace Geobuk.Compute.Engines;

/// <summary>A JobSet (jobset.x-k8s.io/v1alpha2), as far as gangs need it: one template of a Job, replicated once.</summary>
internal sealed class KubernetesJobSet
{
    public const string Group = "jobset.x-k8s.io", Version = "v1alpha2", Plural = "jobsets";

    /// <summary>Its group and version.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{Group}/{Version}";

    /// <summary>What it is.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "JobSet";

    /// <summary>Name and labels.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What it is made of.</summary>
    [JsonPropertyName("spec")]
    public SetSpec Spec { get; set; } = new();

    /// <summary>Its Jobs, and whether it waits for a queue.</summary>
    internal sealed class SetSpec
    {
        [JsonPropertyName("suspend")]
        public bool? Suspend { get; set; }

        [JsonPropertyName("ttlSecondsAfterFinished")]
        public int TtlSecondsAfterFinished { get; set; }

        [JsonPropertyName("replicatedJobs")]
        public IList<Replicated> ReplicatedJobs { get; set; } = [];
    }

    /// <summary>One kind of Job of it.</summary>
    internal sealed class Replicated
    {
        [JsonPropertyName("name")]
        public string Name { get; set; } = "";

        [JsonPropertyName("replicas")]
        public int Replicas { get; set; } = 1;

        [JsonPropertyName("template")]
        public V1JobTemplateSpec Template { get; set; } = new();
    }
}
