using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Optimization;

/// <summary>Moments in fp32: 8 bytes a weight.</summary>
internal sealed class WideMoments : IMoments
{
    private readonly Tensor _first, _second;

    /// <summary>Zeros in the shape of a master.</summary>
    public WideMoments(Tensor master)
    {
        _first = zeros_like(master).DetachFromDisposeScope();
        _second = zeros_like(master).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Tensor)> State => [("moment1", _first), ("moment2", _second)];

    /// <inheritdoc/>
    public unsafe void Update(Tensor master, Tensor gradient, AdamKernel kernel)
    {
        if (!Blocks.CanUse(master) || !Blocks.CanUse(gradient))
        {
            Reference(master, _first, _second, gradient, kernel);
            return;
        }
        var (weights, first, second, change) = ((nint)Blocks.Pointer(master), (nint)Blocks.Pointer(_first), (nint)Blocks.Pointer(_second), (nint)Blocks.Pointer(gradient));
        // What every weight becomes depends on that weight alone, however the threads divide them.
        Blocks.ForRows(gradient.numel(), (_, from, to) => kernel.Update((float*)weights, (float*)first, (float*)second, (float*)change, from, to));
    }

    /// <summary>The same written with tensors, for devices without the kernel.</summary>
    internal static void Reference(Tensor master, Tensor first, Tensor second, Tensor gradient, AdamKernel kernel)
    {
        first.TimesInPlace(kernel.Beta1).PlusInPlace(gradient, 1 - kernel.Beta1);
        second.TimesInPlace(kernel.Beta2).PlusProductInPlace(gradient, gradient, 1 - kernel.Beta2);
        master.TimesInPlace(kernel.Keep).PlusQuotientInPlace(first, second.sqrt().PlusInPlace(kernel.Epsilon), -kernel.Rate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }
}
