using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Adapters;

/// <summary>
/// The weights of a GGUF file as a model's frozen base: an adapter trained on them also makes up for what quantization lost (QLoRA,
/// Dettmers et al. 2023, arXiv:2305.14314, on the very file that will be served). Quantized matrices stay in the mapped file; everything
/// else is decoded once.
/// </summary>
internal sealed unsafe class QuantizedBase : IDisposable
{
    private readonly GgufFile _file;
    private readonly List<QuantizedWeight> _matrices = [];

    private QuantizedBase(GgufFile file) => _file = file;

    /// <summary>Matrices that stay quantized.</summary>
    public int Matrices => _matrices.Count;

    /// <summary>Puts the file's weights into the model, which must outlive neither.</summary>
    /// <exception cref="UserInputException">The file is another model's.</exception>
    public static QuantizedBase Attach(CausalLanguageModel model, string path)
    {
        var opened = new QuantizedBase(GgufFile.Open(path));
        try
        {
            opened.Attach(model);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var matrix in _matrices) matrix.Dispose();
        _file.Dispose();
    }

    private void Attach(CausalLanguageModel model)
    {
        var feeding = ModelLayout.Of(model.Config).Gguf.SelectMany(spec => spec.Sources.Select(name => (name, spec))).ToLookup(entry => entry.name, entry => entry.spec);
        var layers = model.LinearLayers().ToDictionary(entry => entry.Name + ".weight", entry => entry.Layer);
        using var still = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            var specs = feeding[name].ToList();
            foreach (var spec in specs) Check(spec);
            if (specs is [var only] && layers.TryGetValue(name, out var layer) && layer.RankFactor == 1 && Rows(only, name, parameter) is { } kept)
            {
                _matrices.Add(kept);
                layer.Quantize(kept);
                continue;
            }
            Decode(specs, name, parameter);
        }
    }

    /// <summary>The matrix in the file, if its rows are whole rows of quantized blocks.</summary>
    private QuantizedWeight? Rows(GgufTensorSpec spec, string name, Tensor parameter)
    {
        var tensor = _file.Find(spec.Name);
        var (first, share) = Part(spec, name);
        if (tensor.Type is GgmlType.F32 or GgmlType.F16 or GgmlType.BF16 || parameter.shape.Length != 2 || spec.RowLength != parameter.shape[1] || share != parameter.shape[0]) return null;
        var rows = new long[share];
        for (var r = 0L; r < share; r++)
        {
            var place = spec.Locate(first + r);
            if (place.Stride != 1 || place.Offset % spec.RowLength != 0) return null;
            rows[r] = place.Offset / spec.RowLength;
        }
        var format = BlockFormat.Get(tensor.Type);
        return new QuantizedWeight(format, (nint)(_file.Pointer(tensor) + first * format.Bytes(spec.RowLength)), rows, (int)spec.RowLength);
    }

    private void Decode(List<GgufTensorSpec> specs, string name, Tensor parameter)
    {
        var isPlain = parameter.dtype == float32 && Blocks.CanUse(parameter);
        using var plain = isPlain ? parameter.detach() : empty(parameter.shape, float32);
        // What no tensor of the file feeds is zero: the unread blocks of a fused query and gate.
        plain.zero_();
        var values = (float*)Blocks.Pointer(plain);
        foreach (var spec in specs)
        {
            var tensor = _file.Find(spec.Name);
            var format = BlockFormat.Get(tensor.Type);
            var (first, share) = Part(spec, name);
            var row = new float[spec.RowLength];
            var bytes = (int)format.Bytes(spec.RowLength);
            for (var r = first; r < first + share; r++)
            {
                format.Decode(new ReadOnlySpan<byte>(_file.Pointer(tensor) + r * bytes, bytes), row);
                var place = spec.Locate(r);
                for (var i = 0; i < row.Length; i++) values[place.Offset + i * place.Stride] = row[i];
            }
        }
        if (!isPlain) parameter.copy_(plain);
    }

    /// <summary>A stack has the rows of one source after those of the other.</summary>
    private static (long First, long Share) Part(GgufTensorSpec spec, string name)
    {
        var share = spec.Rows / spec.Sources.Count;
        return (spec.Sources.Count > 1 ? spec.Sources.ToList().IndexOf(name) * share : 0, share);
    }

    private void Check(GgufTensorSpec spec)
    {
        var tensor = _file.Find(spec.Name);
        if (!tensor.Dimensions.Reverse().SequenceEqual(spec.Shape) || !BlockFormat.TryGet(tensor.Type, out _))
            throw new UserInputException($"{_file.Path}: {spec.Name} is {tensor.Type} of shape [{string.Join(", ", tensor.Dimensions.Reverse())}]; expected shape [{string.Join(", ", spec.Shape)}], the base model's. Give the file that was made from this base.");
    }
}
