using Geobuk.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>A decoder-only language model of the Llama or Qwen2 layout; parameter names are the checkpoint's keys.</summary>
public sealed class CausalLanguageModel : nn.Module
{
    private readonly DecoderStack model;
    private readonly AdaptableLinear? lm_head;

    /// <summary>A model with unset weights; see <see cref="ModelWeights"/>.</summary>
    public CausalLanguageModel(ModelConfig config, Device device) : base(nameof(CausalLanguageModel))
    {
        Config = config;
        model = new DecoderStack(config, device);
        if (!config.TieWordEmbeddings) lm_head = new AdaptableLinear(config.HiddenSize, config.VocabularySize, false, device);
        RegisterComponents();
    }

    /// <summary>The shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>Final hidden states [B, T, H].</summary>
    public Tensor Hidden(PackedBatch batch) => model.forward(batch);

    /// <summary>Logits [..., vocabulary] of hidden states [..., H].</summary>
    public Tensor Logits(Tensor hidden) => lm_head?.forward(hidden) ?? nn.functional.linear(hidden, model.EmbeddingWeight);

    /// <summary>Every linear layer with its checkpoint name.</summary>
    public IEnumerable<(string Name, AdaptableLinear Layer)> LinearLayers() =>
        named_modules().Where(entry => entry.module is AdaptableLinear).Select(entry => (entry.name, (AdaptableLinear)entry.module));

    /// <summary>Parameters that learn, in a fixed order.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Trainable() =>
        [.. named_parameters().Where(entry => entry.parameter.requires_grad).OrderBy(entry => entry.name, StringComparer.Ordinal)];
}
