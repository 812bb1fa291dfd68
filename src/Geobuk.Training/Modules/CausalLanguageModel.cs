using Geobuk.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>A decoder-only language model of any family; parameter names are the checkpoint's keys.</summary>
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

    /// <summary>The decoder without its head.</summary>
    public DecoderStack Decoder => model;

    /// <summary>Training passes keep the inputs of the layers and compute each layer once more on the way back.</summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>Called in a backward pass with the head and with every layer once its gradients are whole and its weights are needed no more.</summary>
    public Action<nn.Module>? GradientsDone { get; set; }

    /// <summary>What the adapters' dropout of the next training passes follows from, layer by layer; null draws from the library's stream.</summary>
    internal long? DropoutSeed { get; set; }

    /// <summary>Final hidden states [B, T, H].</summary>
    public Tensor Hidden(PackedBatch batch) => model.forward(batch.InputIds, batch.Positions, batch.Mask, null, batch.Documents);

    /// <summary>Final hidden states [B, T, H] of the next tokens, int64 [B, T], of sequences whose earlier ones the cache holds.</summary>
    public Tensor Hidden(Tensor ids, DecoderCache cache)
    {
        var (batch, time) = (ids.shape[0], ids.shape[1]);
        var positions = arange(cache.Length, cache.Length + time, int64, ids.device);
        var keys = arange(0, cache.Length + time, int64, ids.device);
        var mask = (keys.unsqueeze(0) <= positions.unsqueeze(1)).expand(batch, 1, -1, -1);
        var hidden = model.forward(ids, positions.unsqueeze(0).expand(batch, -1), mask, cache);
        cache.Length += (int)time;
        return hidden;
    }

    /// <summary>The head's own part in a backward pass is over; a tied head's matrix is the embedding's.</summary>
    internal void HeadDone()
    {
        if (lm_head is not null) GradientsDone?.Invoke(lm_head);
    }

    /// <summary>Logits [..., vocabulary] of hidden states [..., H].</summary>
    public Tensor Logits(Tensor hidden)
    {
        if (lm_head is not null) return lm_head.forward(hidden);
        var (weight, type) = (model.EmbeddingWeight, hidden.dtype);
        return weight.dtype == type ? nn.functional.linear(hidden, weight) : DecodedLinearFunction.apply(hidden, (Func<Tensor>)(() => weight.detach().to(type)));
    }

    /// <summary>Every linear layer with its checkpoint name.</summary>
    public IEnumerable<(string Name, AdaptableLinear Layer)> LinearLayers() =>
        named_modules().Where(entry => entry.module is AdaptableLinear).Select(entry => (entry.name, (AdaptableLinear)entry.module));

    /// <summary>Every mixture of experts with its checkpoint name.</summary>
    public IEnumerable<(string Name, MixtureOfExperts Mixture)> Mixtures() =>
        named_modules().Where(entry => entry.module is MixtureOfExperts).Select(entry => (entry.name, (MixtureOfExperts)entry.module));

    /// <summary>Parameters that learn, in a fixed order.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Trainable() =>
        [.. named_parameters().Where(entry => entry.parameter.requires_grad).OrderBy(entry => entry.name, StringComparer.Ordinal)];

    /// <summary>Stores the large matrices in bf16, for weights that stay frozen; computation goes on in the type of the norms.</summary>
    internal void StoreInBFloat16()
    {
        using var still = no_grad();
        // A fused query and gate reads its matrix in blocks.
        foreach (var (_, layer) in LinearLayers().Where(entry => entry.Layer is not FusedQueryGate).ToList()) layer.to(ScalarType.BFloat16);
        model.Embedding.to(ScalarType.BFloat16);
    }

    /// <summary>Converts the weights to bf16, but for the routers: rounding their scores would change which experts are chosen.</summary>
    public void ToBFloat16()
    {
        using var still = no_grad();
        var routers = named_modules().Where(entry => entry.module is ExpertRouter).Select(entry => entry.module).ToList();
        var saved = routers.SelectMany(router => router.parameters()).Select(parameter => parameter.detach().clone()).ToList();
        foreach (var (_, layer) in LinearLayers().ToList()) layer.ToBFloat16();
        this.to(ScalarType.BFloat16);
        foreach (var router in routers) router.to(float32);
        foreach (var (parameter, values) in routers.SelectMany(router => router.parameters()).Zip(saved))
        {
            parameter.copy_(values);
            values.Dispose();
        }
    }
}
