using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Conversion;

/// <summary>
/// Every tensor that the file will hold, from the configuration; the checkpoint is held against it and every deviation is
/// reported at once. Vectors stay in F32.
/// </summary>
internal sealed class TensorPlan
{
    private const int MostProblems = 20;

    private readonly ModelConfig _config;
    private readonly CompressionPreset _preset;
    private readonly Checkpoint _checkpoint;
    private readonly List<PlannedTensor> _tensors = [];
    private readonly List<string> _problems = [];

    private TensorPlan(ModelConfig config, CompressionPreset preset, Checkpoint checkpoint) =>
        (_config, _preset, _checkpoint) = (config, preset, checkpoint);

    /// <summary>Plans a file.</summary>
    /// <exception cref="UserInputException">Tensors are missing, unknown or of another shape.</exception>
    public static IReadOnlyList<PlannedTensor> Of(ModelConfig config, CompressionPreset preset, Checkpoint checkpoint)
    {
        var plan = new TensorPlan(config, preset, checkpoint);
        plan.AddModel();
        plan.CheckUnused();
        return plan._problems.Count == 0 ? plan._tensors : throw new UserInputException([.. plan._problems.Take(MostProblems)]);
    }

    private void AddModel()
    {
        AddMatrix("token_embd", "model.embed_tokens", _config.VocabularySize, _config.HiddenSize);
        AddRopeFactors();
        for (var layer = 0; layer < _config.LayerCount; layer++) AddLayer($"blk.{layer}.", $"model.layers.{layer}.");
        AddVector("output_norm.weight", "model.norm.weight", _config.HiddenSize);
        if (!_config.TieWordEmbeddings) AddMatrix("output", "lm_head", _config.VocabularySize, _config.HiddenSize);
    }

    private void AddLayer(string target, string source)
    {
        var (hidden, inner) = (_config.HiddenSize, _config.IntermediateSize);
        var queries = _config.HeadCount * _config.HeadSize;
        var keys = _config.KeyValueHeadCount * _config.HeadSize;
        var (queryHeads, keyHeads) = _config.Family == ModelFamily.Llama ? (_config.HeadCount, _config.KeyValueHeadCount) : (0, 0);
        AddVector(target + "attn_norm.weight", source + "input_layernorm.weight", hidden);
        AddLinear(target + "attn_q", source + "self_attn.q_proj", queries, hidden, _config.QueryKeyValueBias, queryHeads);
        AddLinear(target + "attn_k", source + "self_attn.k_proj", keys, hidden, _config.QueryKeyValueBias, keyHeads);
        AddLinear(target + "attn_v", source + "self_attn.v_proj", keys, hidden, _config.QueryKeyValueBias);
        AddLinear(target + "attn_output", source + "self_attn.o_proj", hidden, queries, _config.AttentionOutputBias);
        AddVector(target + "ffn_norm.weight", source + "post_attention_layernorm.weight", hidden);
        AddLinear(target + "ffn_gate", source + "mlp.gate_proj", inner, hidden, _config.MlpBias);
        AddLinear(target + "ffn_up", source + "mlp.up_proj", inner, hidden, _config.MlpBias);
        AddLinear(target + "ffn_down", source + "mlp.down_proj", hidden, inner, _config.MlpBias);
    }

    private void AddLinear(string target, string source, int outputs, int inputs, bool bias, int permutedHeads = 0)
    {
        AddMatrix(target, source, outputs, inputs, permutedHeads);
        if (bias) AddVector(target + ".bias", source + ".bias", outputs, permutedHeads);
    }

    private void AddMatrix(string target, string source, int rows, int columns, int permutedHeads = 0)
    {
        var name = target + ".weight";
        var fit = RowFit.Of(_preset.TypeOf(name, _config), columns);
        Add(new PlannedTensor(new GgufTensorToWrite(name, fit.Type, [columns, rows]), source + ".weight") { PermutedHeads = permutedHeads, Fallback = fit.Fallback }, [rows, columns]);
    }

    /// <summary>A vector; as a permuted one its elements are the rows.</summary>
    private void AddVector(string target, string source, int size, int permutedHeads = 0) =>
        Add(new PlannedTensor(new GgufTensorToWrite(target, GgmlType.F32, [size]), source) { PermutedHeads = permutedHeads }, [size]);

    /// <summary>Llama 3 scaling is a tensor in GGUF: what each plain frequency is divided by.</summary>
    private void AddRopeFactors()
    {
        if (_config.Rope.Scaling != RopeScaling.Llama3) return;
        var plain = (_config.Rope with { Scaling = RopeScaling.None }).InverseFrequencies(_config.HeadSize);
        var scaled = _config.Rope.InverseFrequencies(_config.HeadSize);
        var factors = plain.Zip(scaled, (from, to) => (float)(from / to)).ToArray();
        _tensors.Add(new PlannedTensor(new GgufTensorToWrite("rope_freqs.weight", GgmlType.F32, [factors.Length]), null) { Values = factors });
    }

    private void Add(PlannedTensor tensor, long[] shape)
    {
        _tensors.Add(tensor);
        if (!_checkpoint.Tensors.TryGetValue(tensor.Source!, out var found))
            _problems.Add($"{_checkpoint.Folder}: tensor {tensor.Source} is missing; expected it from config.json. Fetch the model again.");
        else if (!found.Shape.SequenceEqual(shape))
            _problems.Add($"{_checkpoint.Folder}: tensor {tensor.Source} has shape [{string.Join(", ", found.Shape)}]; expected [{string.Join(", ", shape)}] from config.json. Fetch the model again.");
        else if (found.DataType is not (TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16))
            _problems.Add($"{_checkpoint.Folder}: tensor {tensor.Source} is of type {found.DataType}; expected F32, F16 or BF16. Convert the checkpoint.");
    }

    /// <summary>A tensor nobody asks for would silently be lost; only what is computed from the configuration may.</summary>
    private void CheckUnused()
    {
        var used = _tensors.Select(tensor => tensor.Source).ToHashSet();
        foreach (var name in _checkpoint.Tensors.Keys.Where(name => !used.Contains(name)).Order(StringComparer.Ordinal))
        {
            if (name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (_config.TieWordEmbeddings && name == "lm_head.weight")) continue;
            _problems.Add($"{_checkpoint.Folder}: tensor {name} has no place in a {_config.Family} model by config.json; expected only tensors of that architecture. Correct config.json or merge the adapter first.");
        }
    }
}
