using Geobuk.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>h = x + attention(norm(x)); y = h + mlp(norm(h)).</summary>
public sealed class DecoderLayer : nn.Module
{
    private readonly RmsNorm input_layernorm;
    private readonly Attention self_attn;
    private readonly RmsNorm post_attention_layernorm;
    private readonly GatedMlp mlp;

    /// <summary>One layer.</summary>
    public DecoderLayer(ModelConfig config, Device device) : base(nameof(DecoderLayer))
    {
        input_layernorm = new RmsNorm(config.HiddenSize, config.NormEpsilon, device);
        self_attn = new Attention(config, device);
        post_attention_layernorm = new RmsNorm(config.HiddenSize, config.NormEpsilon, device);
        mlp = new GatedMlp(config, device);
        RegisterComponents();
    }

    /// <summary>x [B, T, H] to [B, T, H].</summary>
    public Tensor forward(Tensor x, Tensor cosine, Tensor sine, Tensor mask)
    {
        var attended = x + self_attn.forward(input_layernorm.forward(x), cosine, sine, mask);
        return attended + mlp.forward(post_attention_layernorm.forward(attended));
    }
}
