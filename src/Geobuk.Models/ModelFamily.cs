using System.Text.Json.Nodes;
using Geobuk.Models.Families;

namespace Geobuk.Models;

/// <summary>
/// An architecture that Geobuk computes. What a family computes follows from the features in <see cref="ModelConfig"/> (latent
/// attention, mixture of experts, gated norms); a family only names itself and says which keys of config.json mean which feature.
/// To add one: a class in Families and a line in <see cref="All"/>.
/// </summary>
public abstract class ModelFamily
{
    /// <summary>LlamaForCausalLM: A.X 3.1 and 3.1 Light.</summary>
    public static readonly ModelFamily Llama = new LlamaFamily();
    /// <summary>Qwen2ForCausalLM: A.X 4.0 and 4.0 Light; biases on q, k and v.</summary>
    public static readonly ModelFamily Qwen2 = new Qwen2Family();
    /// <summary>AXK1ForCausalLM: A.X K1.</summary>
    public static readonly ModelFamily AxK1 = new AxK1Family();
    /// <summary>AXK2ForCausalLM: A.X K2 and the K2-Light shape.</summary>
    public static readonly ModelFamily AxK2 = new AxK2Family();

    /// <summary>Every family.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [Llama, Qwen2, AxK1, AxK2];

    /// <summary>model_type in config.json and general.architecture in GGUF.</summary>
    public abstract string Name { get; }
    /// <summary>The class name under "architectures" in config.json.</summary>
    public abstract string Architecture { get; }
    /// <summary>GGUF files hold the rows of q and k so that RoPE turns neighbours, whatever checkpoints turn.</summary>
    public virtual bool TurnsNeighboursInGguf => false;
    /// <summary>Biases on q, k and v whatever config.json says.</summary>
    public virtual bool AlwaysQueryKeyValueBias => false;
    /// <summary>Score of the experts in groups that the router rejects.</summary>
    public virtual float RejectedGroupScore => float.NegativeInfinity;
    /// <summary>A norm on what the experts add, before it is added.</summary>
    public virtual bool PostMlpNorm => false;

    /// <summary>
    /// The family of a config.json, or null. model_type decides where the class under architectures is missing or says no task (AXK1,
    /// AXK1Model); another task, such as AXK2ForSequenceClassification, is another model.
    /// </summary>
    internal static ModelFamily? Find(string? architecture, string? modelType) =>
        All.FirstOrDefault(family => family.Architecture.Equals(architecture, StringComparison.OrdinalIgnoreCase))
        ?? (architecture?.Contains("For", StringComparison.Ordinal) is true ? null : All.FirstOrDefault(family => family.Name.Equals(modelType, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Adds what the family's own keys say to what all families have in common.</summary>
    internal abstract ModelConfig Read(ModelConfig common, ModelConfigReader keys);

    /// <summary>Writes the family's own keys.</summary>
    internal abstract void Write(ModelConfig config, JsonObject root);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
