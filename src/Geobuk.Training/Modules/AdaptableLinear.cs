using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// y = x W^T + b, and with an adapter y + alpha / rank * B A x (Hu et al. 2021, arXiv:2106.09685).
/// W is [outputs, inputs]; A is [rank, inputs], B is [outputs, rank] and starts at zero. With DoRA (Liu et al. 2024,
/// arXiv:2402.09353) every row of the sum is brought to a learnt length, which starts at that of W; the rows' own lengths count as
/// constants in the gradient (its section 4.3).
/// </summary>
#pragma warning disable CA1708 // Weight is for readers, weight is the checkpoint's key.
public class AdaptableLinear : nn.Module<Tensor, Tensor>
{
    // The library finds and replaces components by the names of fields, those of a base class only if they are not private.
    private protected readonly Parameter weight;
    private protected readonly Parameter? bias;
    private protected LoraMatrix? lora_A;
    private protected LoraMatrix? lora_B;
    private protected Parameter? lora_magnitude_vector;
    private double _dropout;
    private QuantizedWeight? _quantized;

    /// <summary>A layer whose weights will be loaded.</summary>
    public AdaptableLinear(long inputs, long outputs, bool hasBias, Device device) : base(nameof(AdaptableLinear))
    {
        // Not filled: memory that nothing is loaded into is never taken from the system.
        weight = nn.Parameter(empty(outputs, inputs, float32, device));
        if (hasBias) bias = nn.Parameter(zeros(outputs, float32, device));
        RegisterComponents();
    }

    /// <summary>The layer has an adapter.</summary>
    public bool HasAdapter => lora_A is not null;

    /// <summary>For this input the layer is its matrix and nothing else.</summary>
    internal bool IsPlainFor(Tensor input) => bias is null && _quantized is null && !HasAdapter && weight.dtype == input.dtype;

    /// <summary>Leaves the matrix quantized; of W itself only the shape is kept, in one element.</summary>
    internal void Quantize(QuantizedWeight matrix)
    {
        matrix.Place(weight.device);
        _quantized = matrix;
        weight.requires_grad = false;
        KeepShape();
    }

    /// <summary>Bias and adapter in bf16; a matrix that stays quantized is only decoded to it.</summary>
    internal void ToBFloat16()
    {
        this.to(ScalarType.BFloat16);
        if (_quantized is not null) KeepShape();
    }

    private void KeepShape()
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        weight.set_(zeros(1, 1, weight.dtype, weight.device).expand(weight.shape));
    }

    /// <summary>W, shape [outputs, inputs].</summary>
    public Parameter Weight => weight;

    /// <summary>How many times the configured rank the factors have.</summary>
    public virtual int RankFactor => 1;

    /// <summary>A, shape [rank, inputs], or null.</summary>
    protected Parameter? FactorA => lora_A?.Weight;
    /// <summary>B, shape [outputs, rank], or null.</summary>
    protected Parameter? FactorB => lora_B?.Weight;
    /// <summary>alpha / rank.</summary>
    protected double AdapterScale { get; private set; }

    /// <summary>Freezes W and b and adds a fresh adapter; <paramref name="values"/> fills A.</summary>
    public virtual void AddAdapter(LoraConfig config, Func<long, float[]> values)
    {
        weight.requires_grad = false;
        if (bias is not null) bias.requires_grad = false;
        var rank = config.Rank * RankFactor;
        lora_A = new LoraMatrix(tensor(values(rank * weight.shape[1]), rank, weight.shape[1], device: weight.device));
        lora_B = new LoraMatrix(zeros(weight.shape[0], rank, float32, weight.device));
        (AdapterScale, _dropout) = (config.Scale(), config.Dropout);
        register_module(nameof(lora_A), lora_A);
        register_module(nameof(lora_B), lora_B);
        if (config.Variant != LoraVariant.Dora) return;
        using var still = no_grad();
        lora_magnitude_vector = nn.Parameter(RowLengths(Wide()));
        register_parameter(nameof(lora_magnitude_vector), lora_magnitude_vector);
    }

    /// <summary>W + alpha / rank * B A in fp32; the caller disposes it.</summary>
    public Tensor MergedWeight()
    {
        using var scope = NewDisposeScope();
        var wide = Wide();
        if (FactorA is null || FactorB is null) return wide.clone().MoveToOuterDisposeScope();
        var sum = wide.Plus(matmul(FactorB.detach().to(float32), FactorA.detach().to(float32)).Times(AdapterScale));
        if (lora_magnitude_vector is { } magnitude) sum = sum * (magnitude.detach().to(float32) / RowLengths(sum)).unsqueeze(1);
        return sum.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        // A frozen matrix may be stored narrower than what is computed.
        var type = input.dtype;
        Func<Tensor>? decode = _quantized is { } blocks ? () => blocks.Decode(type, weight.device) : weight.dtype == type ? null : () => weight.detach().to(type);
        var output = decode is null ? nn.functional.linear(input, weight, bias) : DecodedLinearFunction.apply(input, decode);
        if (decode is not null && bias is not null) output = output.Plus(bias);
        if (FactorA is null || FactorB is null) return output;
        // What is summed up here is as large as the result and gone with it.
        using var scope = NewDisposeScope();
        using var plain = output;
        var update = nn.functional.linear(nn.functional.linear(Dropped(input), FactorA), FactorB).Times(AdapterScale);
        if (lora_magnitude_vector is not { } magnitude) return output.Plus(update).MoveToOuterDisposeScope();
        var stretch = magnitude / CurrentLengths();
        return (bias is null ? output.Plus(update) * stretch : ((output - bias).Plus(update) * stretch).Plus(bias)).MoveToOuterDisposeScope();
    }

    private Tensor Wide() => _quantized?.Decode(float32, weight.device) ?? weight.detach().to(float32);

    private Tensor CurrentLengths()
    {
        using var still = no_grad();
        using var scope = NewDisposeScope();
        return RowLengths(Wide() + matmul(FactorB!.to(float32), FactorA!.to(float32)).Times(AdapterScale)).to(weight.dtype).MoveToOuterDisposeScope();
    }

    private static Tensor RowLengths(Tensor matrix) => matrix.norm(1, keepdim: false, p: 2f);

    /// <summary>The adapter's input, with dropout while training.</summary>
    protected Tensor Dropped(Tensor input) => _dropout > 0 && training ? nn.functional.dropout(input, _dropout, training) : input;
}
