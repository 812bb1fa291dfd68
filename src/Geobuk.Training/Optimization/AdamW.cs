using System.Security.Cryptography;
using System.Text;
using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) over fp32 masters, moments and accumulated gradients, whatever the
/// type of the parameters: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= lr (m' / (sqrt(v') + eps) + decay w).
/// Decay applies to matrices, not to norms and biases.
/// </summary>
public sealed class AdamW : IDisposable
{
    private const double Epsilon = 1e-8;
    private const long DigestChunk = 1 << 24;

    private readonly TrainConfig _config;
    private readonly List<Slot> _slots = [];

    /// <summary>Fresh state for parameters in a fixed order.</summary>
    public AdamW(TrainConfig config, IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        _config = config;
        using var still = no_grad();
        foreach (var (name, parameter) in parameters) _slots.Add(new Slot(name, parameter));
    }

    /// <summary>Steps taken.</summary>
    public long StepCount { get; set; }

    /// <summary>Every fp32 state tensor by name: master.X, moment1.X, moment2.X.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State() => _slots.SelectMany(slot => new[]
    {
        ("master." + slot.Name, slot.Master), ("moment1." + slot.Name, slot.Moment1), ("moment2." + slot.Name, slot.Moment2),
    });

    /// <summary>Takes a micro-batch's gradients over and adds them, as they are, to those of the micro-batches before it, in fp32.</summary>
    public void Accumulate()
    {
        using var still = no_grad();
        foreach (var slot in _slots) slot.Accumulate();
    }

    /// <summary>Takes the sum over all micro-batches of a parameter's gradient, added up elsewhere.</summary>
    /// <param name="index">Place of the parameter in the order given at the start.</param>
    /// <param name="gradient">The sum, fp32; disposed here.</param>
    public void Receive(int index, Tensor gradient)
    {
        using var still = no_grad();
        _slots[index].Add(gradient);
    }

    /// <summary>Scales the accumulated gradients to at most <paramref name="maximum"/> in norm and returns the norm before.</summary>
    public double Clip(double maximum)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradients = _slots.Select(slot => slot.Gradient).OfType<Tensor>().ToList();
        var norm = Math.Sqrt(gradients.Sum(gradient => Math.Pow(gradient.norm().item<float>(), 2)));
        if (norm > maximum)
            foreach (var gradient in gradients) gradient.TimesInPlace(maximum / (norm + 1e-6));
        return norm;
    }

    /// <summary>One update; the accumulators are zero afterwards.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        StepCount++;
        var correction1 = 1 - Math.Pow(_config.Beta1, StepCount);
        var correction2 = Math.Sqrt(1 - Math.Pow(_config.Beta2, StepCount));
        foreach (var slot in _slots)
        {
            if (slot.Gradient is not { } gradient) continue;
            // What one tensor needs on the way is gone before the next one needs it.
            using var inner = NewDisposeScope();
            // The correction of v stands outside the root, once per step instead of once per weight.
            var kernel = new AdamKernel((float)_config.Beta1, (float)_config.Beta2, (float)(learningRate * correction2 / correction1),
                (float)(Epsilon * correction2), slot.Decays ? (float)(1 - learningRate * _config.WeightDecay) : 1);
            if (slot.Master.device_type == DeviceType.CPU && gradient.is_contiguous() && slot.Master.is_contiguous()) Update(slot, gradient, kernel);
            else Reference(slot, gradient, kernel);
            slot.Publish();
            slot.DiscardGradient();
        }
    }

    /// <summary>The kernel over threads; what every weight becomes depends on that weight alone.</summary>
    private static unsafe void Update(Slot slot, Tensor gradient, AdamKernel kernel)
    {
        var (master, first, second, change) = ((nint)Blocks.Pointer(slot.Master), (nint)Blocks.Pointer(slot.Moment1), (nint)Blocks.Pointer(slot.Moment2), (nint)Blocks.Pointer(gradient));
        Blocks.ForRows(gradient.numel(), (_, from, to) => kernel.Update((float*)master, (float*)first, (float*)second, (float*)change, from, to));
    }

    /// <summary>The same written with tensors, for devices without the kernel.</summary>
    internal static void Reference(Tensor master, Tensor moment1, Tensor moment2, Tensor gradient, AdamKernel kernel)
    {
        moment1.mul_(kernel.Beta1).add_(gradient, alpha: 1 - kernel.Beta1);
        moment2.mul_(kernel.Beta2).addcmul_(gradient, gradient, 1 - kernel.Beta2);
        master.mul_(kernel.Keep).addcdiv_(moment1, moment2.sqrt().add_(kernel.Epsilon), -kernel.Rate);
    }

    private static void Reference(Slot slot, Tensor gradient, AdamKernel kernel) => Reference(slot.Master, slot.Moment1, slot.Moment2, gradient, kernel);

    /// <summary>Counts a step that changes nothing.</summary>
    public void Skip()
    {
        StepCount++;
        DiscardGradients();
    }

    /// <summary>SHA-256 over names and values of the state and over the parameters, 64 digits.</summary>
    public string Digest()
    {
        using var still = no_grad();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, values) in State().Concat(_slots.Select(slot => (slot.Name, (Tensor)slot.Parameter))))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            var flat = values.detach().cpu().contiguous().view(-1);
            for (long start = 0; start < flat.numel(); start += DigestChunk)
                hash.AppendData(flat.narrow(0, start, Math.Min(DigestChunk, flat.numel() - start)).contiguous().bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Copies the masters into the parameters, after a load.</summary>
    public void Publish()
    {
        using var still = no_grad();
        foreach (var slot in _slots) slot.Publish();
    }

    /// <summary>Forgets gradients of an unfinished step.</summary>
    public void DiscardGradients()
    {
        using var still = no_grad();
        foreach (var slot in _slots) slot.DiscardGradient();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots) slot.Dispose();
    }

    private sealed class Slot : IDisposable
    {
        // Gradients of narrower parameters add up here, those of fp32 parameters in the first micro-batch's gradient. Autograd's own
        // sum over micro-batches would have another order where a parameter is used more than once.
        private readonly Tensor? _accumulator;
        private Tensor? _sum;

        public Slot(string name, Parameter parameter)
        {
            (Name, Parameter) = (name, parameter);
            Decays = parameter.shape.Length == 2;
            // An fp32 parameter is its own master.
            Master = IsWide ? parameter.detach() : parameter.detach().to(float32);
            Moment1 = zeros_like(Master);
            Moment2 = zeros_like(Master);
            if (!IsWide) _accumulator = zeros_like(Master);
            foreach (var tensor in Kept) tensor.DetachFromDisposeScope();
        }

        public string Name { get; }
        public Parameter Parameter { get; }
        public bool Decays { get; }
        public Tensor Master { get; }
        public Tensor Moment1 { get; }
        public Tensor Moment2 { get; }
        /// <summary>Null before the first backward pass of a step, where the parameter is fp32.</summary>
        public Tensor? Gradient => _accumulator ?? _sum ?? Parameter.grad;

        private bool IsWide => Parameter.dtype == ScalarType.Float32;
        private IEnumerable<Tensor> Kept => new[] { Master, Moment1, Moment2, _accumulator }.OfType<Tensor>();

        public void Accumulate()
        {
            if (Parameter.grad is not { } gradient) return;
            Parameter.grad = null;
            Add(gradient);
        }

        public void Add(Tensor gradient)
        {
            if ((_accumulator ?? _sum) is { } sum)
            {
                sum.add_(gradient);
                gradient.Dispose();
            }
            else
            {
                _sum = gradient.DetachFromDisposeScope();
            }
        }

        public void DiscardGradient()
        {
            Parameter.grad = null;
            _accumulator?.zero_();
            _sum?.Dispose();
            _sum = null;
        }

        public void Publish()
        {
            if (!IsWide) Parameter.copy_(Master);
        }

        public void Dispose()
        {
            foreach (var tensor in Kept) tensor.Dispose();
            _sum?.Dispose();
        }
    }
}
