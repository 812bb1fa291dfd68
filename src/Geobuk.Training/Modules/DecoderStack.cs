using Geobuk.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Embedding, decoder layers and final norm; the checkpoint's "model".</summary>
public sealed class DecoderStack : nn.Module
{
    private readonly Embedding embed_tokens;
    private readonly ModuleList<DecoderLayer> layers;
    private readonly RmsNorm norm;
    private readonly double[] _frequencies;
    private readonly double _attentionScale;

    /// <summary>The stack of a model.</summary>
    public DecoderStack(ModelConfig config, Device device) : base(nameof(DecoderStack))
    {
        embed_tokens = nn.Embedding(config.VocabularySize, config.HiddenSize, device: device);
        layers = new ModuleList<DecoderLayer>([.. Enumerable.Range(0, config.LayerCount).Select(_ => new DecoderLayer(config, device))]);
        norm = new RmsNorm(config.HiddenSize, config.NormEpsilon, device);
        _frequencies = config.Rope.InverseFrequencies(config.HeadSize);
        _attentionScale = config.Rope.AttentionScale();
        RegisterComponents();
    }

    /// <summary>The embedding matrix [vocabulary, H].</summary>
    public Parameter EmbeddingWeight => embed_tokens.weight!;

    /// <summary>Final hidden states [B, T, H] of a batch.</summary>
    public Tensor forward(PackedBatch batch)
    {
        var hidden = embed_tokens.forward(batch.InputIds);
        var angles = batch.Positions.to(float64).unsqueeze(-1) * tensor(_frequencies, device: batch.Positions.device);
        var cosine = (angles.cos() * _attentionScale).unsqueeze(1).to(hidden.dtype);
        var sine = (angles.sin() * _attentionScale).unsqueeze(1).to(hidden.dtype);
        foreach (var layer in layers) hidden = layer.forward(hidden, cosine, sine, batch.Mask);
        return norm.forward(hidden);
    }
}
