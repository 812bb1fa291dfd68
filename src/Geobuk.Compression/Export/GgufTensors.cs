using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;

namespace Geobuk.Compression.Export;

/// <summary>The tensors of a GGUF file in the order and under the names of a checkpoint; quantized ones are decoded.</summary>
internal sealed unsafe class GgufTensors : ITensorSource
{
    private readonly GgufFile _file;
    private readonly ILookup<string, GgufTensorSpec> _feeding;

    public GgufTensors(string path)
    {
        // The engine's loader holds every tensor against the configuration.
        using (var model = InferenceModel.Load(path)) Tokenizer = model.HasTokenizer ? model.Tokenizer : null;
        _file = GgufFile.Open(path);
        Config = WithScaling(GgufConfigReader.Read(_file));
        var layout = ModelLayout.Of(Config);
        Tensors = layout.Tensors;
        _feeding = layout.Gguf.SelectMany(spec => spec.Sources.Select(name => (name, spec))).ToLookup(entry => entry.name, entry => entry.spec);
        var types = layout.Gguf.Where(spec => !spec.StaysSingle && spec.Values is null).Select(spec => _file.Find(spec.Name).Type).ToHashSet();
        PlainType = types.Count > 1 || types.First() is not (GgmlType.F32 or GgmlType.F16 or GgmlType.BF16) ? TensorDataType.BF16
            : types.First() switch { GgmlType.F32 => TensorDataType.F32, GgmlType.F16 => TensorDataType.F16, _ => TensorDataType.BF16 };
    }

    public ModelConfig Config { get; }
    public IReadOnlyList<TensorSpec> Tensors { get; }
    public TensorDataType PlainType { get; }
    public Tokenizer? Tokenizer { get; }

    public float[] Read(TensorSpec target)
    {
        // What no tensor of the file feeds is zero: the unread blocks of a fused query and gate.
        var values = new float[target.Elements];
        foreach (var spec in _feeding[target.Name]) Scatter(spec, target.Name, values);
        return values;
    }

    public void Dispose() => _file.Dispose();

    private void Scatter(GgufTensorSpec spec, string name, float[] values)
    {
        var tensor = _file.Find(spec.Name);
        var format = BlockFormat.Get(tensor.Type);
        var data = _file.Pointer(tensor);
        // A stack has the rows of one source after those of the other.
        var share = spec.Rows / spec.Sources.Count;
        var first = spec.Sources.Count > 1 ? spec.Sources.ToList().IndexOf(name) * share : 0;
        var row = new float[spec.RowLength];
        var bytes = (int)format.Bytes(spec.RowLength);
        for (var r = first; r < first + share; r++)
        {
            format.Decode(new ReadOnlySpan<byte>(data + r * bytes, bytes), row);
            var place = spec.Locate(r);
            for (var i = 0; i < row.Length; i++) values[place.Offset + i * place.Stride] = row[i];
        }
    }

    /// <summary>GGUF holds Llama 3's scaling as factors: the settings are those of the keys that Geobuk writes beside, or usual ones that give them.</summary>
    private ModelConfig WithScaling(ModelConfig config)
    {
        const string Name = "rope_freqs.weight";
        if (_file.TryFind(Name) is not { } tensor) return config;
        var factors = new float[tensor.Elements];
        BlockFormat.Get(tensor.Type).Decode(_file.Data(tensor), factors);
        var usual = new[] { (8.0, 8192), (32.0, 8192), (8.0, config.MaxPositions / 8), (config.MaxPositions / 8192.0, 8192) }
            .Where(pair => pair.Item1 >= 1 && pair.Item2 >= 1)
            .Select(pair => config.Rope with { Scaling = RopeScaling.Llama3, Factor = pair.Item1, OriginalMaxPositions = pair.Item2 });
        foreach (var rope in GgufConfigReader.Llama3(_file, config) is { } written ? usual.Prepend(written) : usual)
        {
            var scaled = config with { Rope = rope };
            var expected = ModelLayout.Of(scaled).Gguf.Single(spec => spec.Name == Name).Values!;
            if (expected.Length == factors.Length && expected.Zip(factors).All(pair => MathF.Abs(pair.First - pair.Second) <= 1e-5f * pair.First)) return scaled;
        }
        throw new UserInputException($"{_file.Path}: tensor {Name} holds frequency factors of no known Llama 3 scaling; expected those of its own keys, or of factor 8 or 32 over 8,192 positions. Take the original folder: config.json has no key for such factors.");
    }
}
