using System.Security.Cryptography;
using System.Text;
using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) over fp32 masters and accumulated gradients, whatever the
/// type of the parameters, and moments in fp32 or 8 bits: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= lr (m' / (sqrt(v') + eps) + decay w).
/// Decay applies to matrices, not to norms and biases.
/// </summary>
public sealed class AdamW : IDisposable
{
    private const double Epsilon = 1e-8;
    private const long DigestChunk = 1 << 24;
    /// <summary>Smaller tensors, norms and biases, keep moments in fp32: they weigh little and count much.</summary>
    private const long SmallestQuantized = 4096;

    private readonly TrainConfig _config;
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<Parameter, Slot> _byParameter = new(ReferenceEqualityComparer.Instance);
    private double _rate, _squares;

    /// <summary>Fresh state for parameters in a fixed order.</summary>
    public AdamW(TrainConfig config, IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        _config = config;
        using var still = no_grad();
        foreach (var (name, parameter) in parameters)
        {
            var slot = new Slot(name, parameter, config);
            _slots.Add(slot);
            _byParameter.Add(parameter, slot);
        }
    }

    /// <summary>Steps taken.</summary>
    public long StepCount { get; set; }

    /// <summary>Every state tensor by name, fp32: master.X, moment1.X, moment2.X; where the moments are 8-bit codes, moment1_scale.X and moment2_scale.X beside them.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State() => _slots.SelectMany(slot =>
        slot.Moments.State.Prepend((Name: "master", Tensor: slot.Master)).Select(part => ($"{part.Name}.{slot.Name}", part.Tensor)));

    /// <summary>Takes a micro-batch's gradients over and adds them, as they are, to those of the micro-batches before it, in fp32.</summary>
    public void Accumulate()
    {
        using var still = no_grad();
        foreach (var slot in _slots) slot.Accumulate();
    }

    /// <summary>The same for a part of the model whose gradients are whole, while the backward pass goes on to the next part.</summary>
    public void AccumulatePart(nn.Module part)
    {
        using var still = no_grad();
        foreach (var slot in Slots(part)) slot.Accumulate();
    }

    /// <summary>Takes the sum over all micro-batches of a parameter's gradient, added up elsewhere.</summary>
    /// <param name="index">Place of the parameter in the order given at the start.</param>
    /// <param name="gradient">The sum, fp32; disposed here.</param>
    public void Receive(int index, Tensor gradient)
    {
        using var still = no_grad();
        _slots[index].Add(gradient);
    }

    /// <summary>The norm of the accumulated gradients: fp64, shape [1], on their device and not waited for. In the caller's scope.</summary>
    public Tensor Norm()
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var gradients = _slots.Select(slot => slot.Gradient).OfType<Tensor>().ToList();
        var norm = gradients.Count == 0 ? zeros(1, float64, _slots[0].Master.device) : stack(gradients.ConvertAll(gradient => gradient.norm())).to(float64).norm().view(1);
        return norm.MoveToOuterDisposeScope();
    }

    /// <summary>Scales the accumulated gradients to at most <paramref name="maximum"/> in norm, null to any.</summary>
    /// <param name="norm">What <see cref="Norm"/> says.</param>
    /// <param name="maximum">The largest norm.</param>
    public void Clip(double norm, double? maximum)
    {
        if (!(norm > maximum)) return;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        foreach (var slot in _slots) slot.Gradient?.TimesInPlace(maximum.Value / (norm + 1e-6));
    }

    /// <summary>One update; the accumulators are zero afterwards.</summary>
    public void Step(double learningRate)
    {
        BeginStep(learningRate);
        using var still = no_grad();
        foreach (var slot in _slots)
        {
            // What one tensor needs on the way is gone before the next one needs it.
            using var inner = NewDisposeScope();
            if (slot.Gradient is { } gradient) Update(slot, gradient);
        }
    }

    /// <summary>Begins a step whose updates happen within the backward pass.</summary>
    public void BeginStep(double learningRate)
    {
        StepCount++;
        (_rate, _squares) = (learningRate, 0);
    }

    /// <summary>
    /// Updates those parameters of a part of the model that have a gradient and frees it, so that gradients of the whole model never exist
    /// (Lv et al. 2023, arXiv:2306.09782). A gradient that is no number leaves its parameter as it was.
    /// </summary>
    public void UpdatePart(nn.Module part) => UpdateNow(Slots(part));

    private IEnumerable<Slot> Slots(nn.Module part) => part.parameters().Where(_byParameter.ContainsKey).Select(parameter => _byParameter[parameter]);

    /// <summary>Updates what no part has claimed, and returns the norm of all gradients of the step.</summary>
    public double EndStep()
    {
        UpdateNow(_slots);
        return Math.Sqrt(_squares);
    }

    private void UpdateNow(IEnumerable<Slot> slots)
    {
        using var still = no_grad();
        foreach (var slot in slots)
        {
            using var inner = NewDisposeScope();
            if (slot.Gradient is not { } gradient) continue;
            var wide = gradient.to(float32);
            var norm = (double)wide.norm().item<float>();
            _squares += norm * norm;
            if (double.IsFinite(norm)) Update(slot, wide);
            else slot.DiscardGradient();
        }
    }

    private void Update(Slot slot, Tensor gradient)
    {
        var correction1 = 1 - Math.Pow(_config.Beta1, StepCount);
        var correction2 = Math.Sqrt(1 - Math.Pow(_config.Beta2, StepCount));
        // The correction of v stands outside the root, once per step instead of once per weight.
        var kernel = new AdamKernel((float)_config.Beta1, (float)_config.Beta2, (float)(_rate * correction2 / correction1),
            (float)(Epsilon * correction2), slot.Decays ? (float)(1 - _rate * _config.WeightDecay) : 1);
        slot.Moments.Update(slot.Master, gradient, kernel);
        slot.Publish();
        slot.DiscardGradient();
    }

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

        public Slot(string name, Parameter parameter, TrainConfig config)
        {
            (Name, Parameter) = (name, parameter);
            Decays = parameter.shape.Length == 2;
            // An fp32 parameter is its own master.
            Master = (IsWide ? parameter.detach() : parameter.detach().to(float32)).DetachFromDisposeScope();
            Moments = config.OptimizerState == OptimizerStateType.Int8 && Master.numel() >= SmallestQuantized ? new BlockMoments(Master) : new WideMoments(Master);
            if (!IsWide && !config.FusedUpdate) _accumulator = zeros_like(Master).DetachFromDisposeScope();
        }

        public string Name { get; }
        public Parameter Parameter { get; }
        public bool Decays { get; }
        public Tensor Master { get; }
        public IMoments Moments { get; }
        /// <summary>Null before the first backward pass of a step, where the parameter is fp32.</summary>
        public Tensor? Gradient => _accumulator ?? _sum ?? Parameter.grad;

        private bool IsWide => Parameter.dtype == ScalarType.Float32;

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
                sum.PlusInPlace(gradient);
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
            Master.Dispose();
            Moments.Dispose();
            _accumulator?.Dispose();
            _sum?.Dispose();
        }
    }
}
