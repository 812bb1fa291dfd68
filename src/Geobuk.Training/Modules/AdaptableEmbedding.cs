using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// Rows of W [vocabulary, H], and with an adapter W + scale * (B A)^T: A is [rank, vocabulary] and starts at zero, B is [H, rank],
/// as PEFT names and shapes them.
/// </summary>
public sealed class AdaptableEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private Parameter? lora_embedding_A;
    private Parameter? lora_embedding_B;
    private double _scale;

    /// <summary>An embedding whose weights will be loaded.</summary>
    public AdaptableEmbedding(long vocabulary, long hidden, Device device) : base(nameof(AdaptableEmbedding))
    {
        weight = nn.Parameter(empty(vocabulary, hidden, float32, device));
        RegisterComponents();
    }

    /// <summary>W, shape [vocabulary, H].</summary>
    public Parameter Weight => weight;

    /// <summary>The embedding has an adapter.</summary>
    public bool HasAdapter => lora_embedding_A is not null;

    /// <summary>Freezes W and adds a fresh adapter; <paramref name="values"/> fills B.</summary>
    public void AddAdapter(LoraConfig config, Func<long, float[]> values)
    {
        weight.requires_grad = false;
        lora_embedding_A = nn.Parameter(zeros(config.Rank, weight.shape[0], float32, weight.device));
        lora_embedding_B = nn.Parameter(tensor(values(weight.shape[1] * config.Rank), weight.shape[1], config.Rank, device: weight.device));
        _scale = config.Scale();
        register_parameter(nameof(lora_embedding_A), lora_embedding_A);
        register_parameter(nameof(lora_embedding_B), lora_embedding_B);
    }

    /// <summary>W + scale * (B A)^T in fp32; the caller disposes it.</summary>
    public Tensor MergedWeight()
    {
        using var scope = NewDisposeScope();
        var wide = weight.detach().to(float32);
        if (lora_embedding_A is null || lora_embedding_B is null) return wide.clone().MoveToOuterDisposeScope();
        return (wide + matmul(lora_embedding_B.detach().to(float32), lora_embedding_A.detach().to(float32)).t().Times(_scale)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var rows = Rows(weight, input);
        if (lora_embedding_A is null || lora_embedding_B is null) return rows;
        return rows.Plus(nn.functional.linear(Rows(lora_embedding_A.t(), input), lora_embedding_B).Times(_scale));
    }

    private static Tensor Rows(Tensor matrix, Tensor ids) => matrix.index_select(0, ids.flatten()).view([.. ids.shape, matrix.shape[1]]);
}
