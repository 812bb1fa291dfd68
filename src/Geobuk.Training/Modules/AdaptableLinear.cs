using Geobuk.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// y = x W^T + b, and with an adapter y + alpha / rank * B A x (Hu et al. 2021, arXiv:2106.09685).
/// W is [outputs, inputs]; A is [rank, inputs], B is [outputs, rank] and starts at zero.
/// </summary>
public sealed class AdaptableLinear : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private LoraMatrix? lora_A;
    private LoraMatrix? lora_B;
    private double _scale, _dropout;

    /// <summary>A layer whose weights will be loaded.</summary>
    public AdaptableLinear(long inputs, long outputs, bool hasBias, Device device) : base(nameof(AdaptableLinear))
    {
        weight = nn.Parameter(zeros(outputs, inputs, float32, device));
        if (hasBias) bias = nn.Parameter(zeros(outputs, float32, device));
        RegisterComponents();
    }

    /// <summary>The layer has an adapter.</summary>
    public bool HasAdapter => lora_A is not null;

    /// <summary>W, shape [outputs, inputs].</summary>
    public Parameter Weight => weight;

    /// <summary>Freezes W and b and adds a fresh adapter; <paramref name="values"/> fills A.</summary>
    public void AddAdapter(LoraConfig config, Func<long, float[]> values)
    {
        weight.requires_grad = false;
        if (bias is not null) bias.requires_grad = false;
        lora_A = new LoraMatrix(tensor(values(config.Rank * weight.shape[1]), config.Rank, weight.shape[1], device: weight.device));
        lora_B = new LoraMatrix(zeros(weight.shape[0], config.Rank, float32, weight.device));
        (_scale, _dropout) = (config.Alpha / config.Rank, config.Dropout);
        register_module(nameof(lora_A), lora_A);
        register_module(nameof(lora_B), lora_B);
    }

    /// <summary>W + alpha / rank * B A in fp32; the caller disposes it.</summary>
    public Tensor MergedWeight()
    {
        using var scope = NewDisposeScope();
        var wide = weight.detach().to(float32);
        if (lora_A is null || lora_B is null) return wide.clone().MoveToOuterDisposeScope();
        return (wide + matmul(lora_B.Weight.detach().to(float32), lora_A.Weight.detach().to(float32)) * _scale).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var output = nn.functional.linear(input, weight, bias);
        if (lora_A is null || lora_B is null) return output;
        var adapted = _dropout > 0 && training ? nn.functional.dropout(input, _dropout, training) : input;
        return output + nn.functional.linear(nn.functional.linear(adapted, lora_A.Weight), lora_B.Weight) * _scale;
    }
}
