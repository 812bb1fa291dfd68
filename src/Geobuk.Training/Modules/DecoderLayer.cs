using Geobuk.Models;
using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>h = x + attention(norm(x)); y = h + mlp(norm(h)), for A.X K1's mixtures h + norm(mlp(norm(h))).</summary>
public sealed class DecoderLayer : nn.Module
{
    private readonly nn.Module<Tensor, Tensor> input_layernorm;
    private readonly AttentionModule self_attn;
    private readonly nn.Module<Tensor, Tensor> post_attention_layernorm;
    private readonly nn.Module<Tensor, Tensor> mlp;
    private readonly RmsNorm? post_mlp_layernorm;

    /// <summary>Layer number <paramref name="index"/>.</summary>
    public DecoderLayer(ModelConfig config, int index, Device device) : base(nameof(DecoderLayer))
    {
        var mixture = config.IsMixture(index);
        input_layernorm = Norm(config, config.GatedNormRank > 0, device);
        self_attn = config.Latent is null ? new GroupedAttention(config, device) : new LatentAttention(config, device);
        post_attention_layernorm = Norm(config, mixture && config.GatedNormRank > 0, device);
        mlp = mixture ? new MixtureOfExperts(config, config.Mixture!, device) : new GatedMlp(config.HiddenSize, config.IntermediateSize, config.MlpBias, device);
        if (mixture && config.Family.PostMlpNorm) post_mlp_layernorm = new RmsNorm(config.HiddenSize, config.NormEpsilon, device);
        RegisterComponents();
    }

    /// <summary>x [B, T, H] to [B, T, H].</summary>
    public Tensor forward(Tensor x, AttentionInputs inputs)
    {
        // Between layers stays what the backward pass needs, not every step on the way.
        using var scope = NewDisposeScope();
        var attended = x.Plus(self_attn.forward(input_layernorm.forward(x), inputs));
        var added = mlp.forward(post_attention_layernorm.forward(attended));
        return attended.Plus(post_mlp_layernorm?.forward(added) ?? added).MoveToOuterDisposeScope();
    }

    /// <summary>The same for a backward pass; experts' loads are not counted a second time.</summary>
    internal Tensor ForwardAgain(Tensor x, AttentionInputs inputs)
    {
        if (mlp is not MixtureOfExperts mixture) return forward(x, inputs);
        mixture.CountsLoad = false;
        try
        {
            return forward(x, inputs);
        }
        finally
        {
            mixture.CountsLoad = true;
        }
    }

    private static nn.Module<Tensor, Tensor> Norm(ModelConfig config, bool gated, Device device) => gated
        ? new GatedRmsNorm(config.HiddenSize, config.GatedNormRank, config.NormEpsilon, device)
        : new RmsNorm(config.HiddenSize, config.NormEpsilon, device);
}
