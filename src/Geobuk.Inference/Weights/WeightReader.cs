using Geobuk.Models;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Weights;

/// <summary>Finds expected tensors in a source and collects every deviation before it reports any.</summary>
internal sealed unsafe class WeightReader(IWeightSource source)
{
    private const int MostProblems = 20;

    private readonly List<string> _problems = [];
    private readonly HashSet<string> _used = [];
    private readonly ModelConfig _config = source.Config;

    public long ParameterCount { get; private set; }
    public long WeightBytes { get; private set; }

    public LayerWeights Layer(int layer)
    {
        var (hidden, inner) = (_config.HiddenSize, _config.IntermediateSize);
        var queries = _config.HeadCount * _config.HeadSize;
        var keys = _config.KeyValueHeadCount * _config.HeadSize;
        return new LayerWeights(
            Norm($"blk.{layer}.attn_norm"),
            Linear($"blk.{layer}.attn_q", queries, hidden, _config.QueryKeyValueBias),
            Linear($"blk.{layer}.attn_k", keys, hidden, _config.QueryKeyValueBias),
            Linear($"blk.{layer}.attn_v", keys, hidden, _config.QueryKeyValueBias),
            Linear($"blk.{layer}.attn_output", hidden, queries, _config.AttentionOutputBias),
            Norm($"blk.{layer}.ffn_norm"),
            Linear($"blk.{layer}.ffn_gate", inner, hidden, _config.MlpBias),
            Linear($"blk.{layer}.ffn_up", inner, hidden, _config.MlpBias),
            Linear($"blk.{layer}.ffn_down", hidden, inner, _config.MlpBias));
    }

    public LinearWeights Linear(string stem, int outputs, int inputs, bool bias) =>
        new(Matrix(stem, outputs, inputs), bias ? Vector(stem + ".bias", outputs) : null);

    public WeightTensor Matrix(string stem, int rows, int columns)
    {
        var tensor = Expect(stem + ".weight", rows, columns);
        if (stem != "token_embd" || _config.TieWordEmbeddings) WeightBytes += tensor.Bytes;
        return tensor;
    }

    public float[] Norm(string stem) => Vector(stem + ".weight", _config.HiddenSize);

    /// <summary>The configuration's frequencies, divided by the file's rope_freqs where it has them (Llama 3 scaling in GGUF).</summary>
    public double[] InverseFrequencies()
    {
        var frequencies = _config.Rope.InverseFrequencies(_config.HeadSize);
        const string Name = "rope_freqs.weight";
        if (!source.NativeNames.Contains(Name)) return frequencies;
        var factors = Vector(Name, frequencies.Length);
        for (var i = 0; i < frequencies.Length && factors.Length > 0; i++) frequencies[i] /= factors[i];
        return frequencies;
    }

    public void ThrowIfWrong()
    {
        foreach (var name in source.NativeNames.Where(name => !_used.Contains(name)).Order(StringComparer.Ordinal))
            _problems.Add($"{source.Place}: tensor {name} is not part of this {_config.Family} model; expected only the tensors of {_config.LayerCount} layers. Check that config and weights belong together.");
        if (_problems.Count == 0) return;
        var left = _problems.Count - MostProblems;
        if (left > 0)
        {
            _problems.RemoveRange(MostProblems, left);
            _problems.Add($"{source.Place}: {left} more tensors are wrong; expected a complete model. Fetch it again.");
        }
        throw new UserInputException(_problems);
    }

    private float[] Vector(string name, int size)
    {
        var count = _problems.Count;
        var tensor = Expect(name, size);
        return _problems.Count == count ? tensor.ToPinnedSingle() : [];
    }

    private WeightTensor Expect(string ggufName, params long[] shape)
    {
        var name = source.NativeName(ggufName);
        _used.Add(name);
        var tensor = source.Find(ggufName);
        if (tensor is not null && tensor.Shape.SequenceEqual(shape))
        {
            ParameterCount += tensor.Elements;
            return tensor;
        }
        var found = tensor is null ? "is missing" : $"has shape [{string.Join(", ", tensor.Shape)}]";
        _problems.Add($"{source.Place}: tensor {name} {found}; expected shape [{string.Join(", ", shape)}]. Check that config and weights belong together.");
        // Never computed with: ThrowIfWrong follows.
        return new WeightTensor(name, GgmlType.F32, shape, null);
    }
}
