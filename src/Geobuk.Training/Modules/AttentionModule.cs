using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>An attention: x [B, T, H] to [B, T, H].</summary>
public abstract class AttentionModule(string name) : nn.Module(name)
{
    /// <summary>x [B, T, H] to [B, T, H].</summary>
    public abstract Tensor forward(Tensor x, AttentionInputs inputs);
}
