using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Geobuk.Cli.Runs;
using Geobuk.Models;
using Geobuk.Models.Sizes;

namespace Geobuk.Cli.Inspection;

/// <summary>What a model is, as <c>geobuk inspect --json</c> gives it.</summary>
/// <param name="Model">The configuration.</param>
/// <param name="Size">The weights.</param>
/// <param name="Options">What was asked.</param>
internal sealed record ModelDescription(
    [property: JsonIgnore] ModelConfig Model, [property: JsonIgnore] ModelSize Size, [property: JsonIgnore] InspectOptions Options)
{
    /// <summary>model, or artifact where a step of a run made it.</summary>
    public string Kind => Artifact is null ? "model" : "artifact";
    /// <summary>hugging face folder, gguf or config.json.</summary>
    public required string Format { get; init; }
    /// <summary>Of a config.json alone: bf16 or fp8, what its figures are for.</summary>
    [JsonIgnore]
    public string? Form { get; init; }
    /// <summary>The family.</summary>
    public string Architecture => Model.Family.Name;
    /// <summary>Weights stored; those of a GGUF file are fewer where it leaves out blocks of zeros (A.X K2's fused gate).</summary>
    public long Parameters => Size.Parameters;
    /// <summary>Weights that one token reaches, see <see cref="ModelSize"/>.</summary>
    public long ActiveParameters => Size.ActiveParameters;
    /// <summary>Of the files; of a config.json alone, what the tensors would be in the form that it names.</summary>
    public required long Bytes { get; init; }
    /// <summary>Tensors of the files that the model does without, as layers beyond num_hidden_layers.</summary>
    public int SkippedTensors { get; init; }
    /// <summary>Their bytes.</summary>
    public long SkippedBytes { get; init; }
    /// <summary>Bytes of the files beside the parts and what is skipped: headers, scales.</summary>
    public long OtherBytes => Bytes - Size.Bytes - SkippedBytes;
    /// <summary>Weights part by part.</summary>
    public IReadOnlyList<PartSize> Parts => Size.Parts;
    /// <summary>Element type of the cache that the following figures are for.</summary>
    public string Cache => Options.Cache.ToString().ToLowerInvariant();
    /// <summary>Keys and values, or latents, of one token of context.</summary>
    public long KvBytesPerToken => (long)(CacheSize.Of(Model).KeysAndValues * Options.CacheBytes);
    /// <summary>Keys of the sparse indexer of one token of context.</summary>
    public long IndexerBytesPerToken => (long)(CacheSize.Of(Model).IndexerKeys * Options.CacheBytes);
    /// <summary>Tokens that must have room beside the weights for <see cref="MemoryFit.Fits"/>.</summary>
    public int Context => Options.Context;
    /// <summary>Share of a memory that weights and cache may take.</summary>
    public double UsableShare { get; } = MemoryUnit.UsableShare;
    /// <summary>What fits on which memory.</summary>
    public required IReadOnlyList<MemoryFit> Memory { get; init; }
    /// <summary>The configuration as a config.json.</summary>
    public JsonObject Config => Model.ToJson("bfloat16");
    /// <summary>The artifact that the model is, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Manifest? Artifact { get; init; }
    /// <summary>Every tensor.</summary>
    public required IReadOnlyList<TensorLine> Tensors { get; init; }
}
