using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>One factor of an adapter; its key is lora_A.weight or lora_B.weight, as PEFT names it.</summary>
public sealed class LoraMatrix : nn.Module
{
    private readonly Parameter weight;

    /// <summary>Wraps initial values.</summary>
    public LoraMatrix(Tensor values) : base(nameof(LoraMatrix))
    {
        weight = nn.Parameter(values);
        RegisterComponents();
    }

    /// <summary>The factor.</summary>
    public Parameter Weight => weight;
}
