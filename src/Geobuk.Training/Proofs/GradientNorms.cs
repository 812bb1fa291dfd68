using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Proofs;

/// <summary>
/// The 2-norms of the gradients of everything that learns. Gradients are compared in place: the model holds the expected ones, the other side
/// is added with the opposite sign, and what is left is the difference; a second copy of all gradients would be a training's largest moment.
/// </summary>
internal sealed class GradientNorms
{
    /// <summary>A parameter whose gradient is smaller than this share of the largest is compared with that share: noise has no relative error.</summary>
    private const double Floor = 1e-3;

    private readonly Dictionary<string, double> _norms = [];

    /// <summary>The norms of what the model holds now.</summary>
    public static GradientNorms Of(CausalLanguageModel model)
    {
        var norms = new GradientNorms();
        using var still = no_grad();
        foreach (var (name, parameter) in model.Trainable())
        {
            using var scope = NewDisposeScope();
            if (parameter.grad is { } gradient) norms._norms[name] = gradient.norm().to(float64).item<double>();
        }
        return norms;
    }

    /// <summary>Leaves the model without gradients.</summary>
    public static void Clear(CausalLanguageModel model)
    {
        foreach (var (_, parameter) in model.Trainable()) parameter.grad = null;
    }

    /// <summary>Largest over the parameters of these norms, of differences, by the expected ones.</summary>
    public double LargestShareOf(GradientNorms expected)
    {
        var floor = Floor * expected._norms.Values.DefaultIfEmpty(0).Max();
        return floor == 0 ? double.NaN : _norms.Max(entry => entry.Value / Math.Max(expected._norms.GetValueOrDefault(entry.Key), floor));
    }

    /// <summary>The norm over all parameters together by the expected one.</summary>
    public double ShareOf(GradientNorms expected) => Whole() / expected.Whole();

    private double Whole() => Math.Sqrt(_norms.Values.Sum(norm => norm * norm));
}
