using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Proofs;

/// <summary>The gradients of everything that learns, taken out of a model.</summary>
internal sealed class GradientSnapshot : IDisposable
{
    /// <summary>A parameter whose gradient is smaller than this share of the largest is compared with that share: noise has no relative error.</summary>
    private const double Floor = 1e-3;

    private readonly List<(string Name, Tensor Gradient)> _gradients = [];

    /// <summary>Takes the gradients and leaves the parameters without.</summary>
    public static GradientSnapshot Take(CausalLanguageModel model)
    {
        var taken = new GradientSnapshot();
        foreach (var (name, parameter) in model.Trainable())
        {
            if (parameter.grad is not { } gradient) continue;
            taken._gradients.Add((name, gradient.detach().to(float32).clone().DetachFromDisposeScope()));
            parameter.grad = null;
            gradient.Dispose();
        }
        return taken;
    }

    /// <summary>Largest over the parameters of |this - other| / |other|, in the 2-norm.</summary>
    public double DifferenceFrom(GradientSnapshot other)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var norms = other._gradients.ToDictionary(entry => entry.Name, entry => Norm(entry.Gradient));
        var floor = Floor * norms.Values.DefaultIfEmpty(0).Max();
        if (floor == 0) return double.NaN;
        var own = _gradients.ToDictionary(entry => entry.Name, entry => entry.Gradient);
        return other._gradients.Max(entry =>
            (own.TryGetValue(entry.Name, out var gradient) ? Norm(gradient - entry.Gradient) : norms[entry.Name]) / Math.Max(norms[entry.Name], floor));
    }

    /// <inheritdoc/>
    public void Dispose() => _gradients.ForEach(entry => entry.Gradient.Dispose());

    private static double Norm(Tensor tensor) => tensor.to(float64).norm().item<double>();
}
