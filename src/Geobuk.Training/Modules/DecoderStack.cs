using Geobuk.Models;
using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Embedding, decoder layers and final norm; the checkpoint's "model".</summary>
public sealed class DecoderStack : nn.Module
{
    private readonly AdaptableEmbedding embed_tokens;
    private readonly ModuleList<DecoderLayer> layers;
    private readonly RmsNorm norm;
    private readonly double[] _frequencies;
    // Kept, since the library's garbage collection may take a temporary scalar before it is read.
    private readonly Scalar _rotaryScale;

    /// <summary>The stack of a model.</summary>
    public DecoderStack(ModelConfig config, Device device) : base(nameof(DecoderStack))
    {
        embed_tokens = new AdaptableEmbedding(config.VocabularySize, config.HiddenSize, device);
        layers = new ModuleList<DecoderLayer>([.. Enumerable.Range(0, config.LayerCount).Select(index => new DecoderLayer(config, index, device))]);
        norm = new RmsNorm(config.HiddenSize, config.NormEpsilon, device);
        _frequencies = config.Rope.InverseFrequencies(config.RotarySize);
        _rotaryScale = config.Rope.AttentionScale().ToScalar();
        RegisterComponents();
    }

    /// <summary>The embedding matrix [vocabulary, H].</summary>
    public Parameter EmbeddingWeight => embed_tokens.Weight;

    /// <summary>The embedding.</summary>
    public AdaptableEmbedding Embedding => embed_tokens;

    /// <summary>The layers, from the embedding up.</summary>
    internal ModuleList<DecoderLayer> Layers => layers;

    /// <summary>The norm before the head.</summary>
    internal RmsNorm FinalNorm => norm;

    /// <summary>Called with the residual stream [B, T, H] before the first layer (0) and after every layer.</summary>
    public Action<int, Tensor>? Observer { get; set; }

    /// <summary>Final hidden states [B, T, H].</summary>
    /// <param name="ids">Tokens, int64 [B, T].</param>
    /// <param name="positions">Their positions, int64 [B, T].</param>
    /// <param name="mask">True where a query may read a key, bool [B, 1, T, keys].</param>
    /// <param name="cache">Keys of earlier tokens, or null.</param>
    /// <param name="documents">Where documents lie, if attention goes by them instead of by the mask.</param>
    public Tensor forward(Tensor ids, Tensor positions, Tensor mask, DecoderCache? cache = null, IReadOnlyList<DocumentSpan>? documents = null)
    {
        var hidden = Embed(ids);
        var inputs = Inputs(hidden, positions, mask, documents);
        Observer?.Invoke(0, hidden);
        for (var i = 0; i < layers.Count; i++)
        {
            hidden = layers[i].forward(hidden, cache is null ? inputs : inputs with { Cache = cache[i] });
            Observer?.Invoke(i + 1, hidden);
        }
        return norm.forward(hidden);
    }

    /// <summary>Embedded tokens [B, T, H] in the type that the layers compute in, which is that of the norms.</summary>
    internal Tensor Embed(Tensor ids) => embed_tokens.forward(ids).to(ComputeType);

    /// <summary>Type of the activations.</summary>
    internal ScalarType ComputeType => norm.Weight.dtype;

    /// <summary>What the attention of every layer needs, in the type of the embedded tokens.</summary>
    internal AttentionInputs Inputs(Tensor embedded, Tensor positions, Tensor mask, IReadOnlyList<DocumentSpan>? documents)
    {
        var angles = positions.to(float64).unsqueeze(-1) * tensor(_frequencies, device: positions.device);
        return new AttentionInputs(Turn(angles.cos()), Turn(angles.sin()), mask, null, documents);

        Tensor Turn(Tensor values) => values.mul(_rotaryScale).unsqueeze(1).to(embedded.dtype);
    }
}
