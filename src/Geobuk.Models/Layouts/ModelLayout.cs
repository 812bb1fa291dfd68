namespace Geobuk.Models.Layouts;

/// <summary>
/// Every tensor of a model, from its configuration alone: as checkpoints of Hugging Face name them, as GGUF files name them, and
/// how the ones are made of the others. Names in GGUF are llama.cpp's; for A.X K2 those of its pending support, for A.X K1 the
/// same ones (docs/gguf-axk1.md).
/// </summary>
public sealed class ModelLayout
{
    private readonly ModelConfig _config;
    private readonly bool _permutes;
    private readonly List<TensorSpec> _tensors = [];
    private readonly List<GgufTensorSpec> _gguf = [];

    private ModelLayout(ModelConfig config, bool checkpointOrder)
    {
        _config = config;
        _permutes = config.Family.TurnsNeighboursInGguf && config.RotatesHalves && !checkpointOrder;
        AddMatrix("token_embd", "model.embed_tokens", config.VocabularySize, config.HiddenSize, TensorRole.Embedding);
        AddRopeFactors();
        for (var layer = 0; layer < config.LayerCount; layer++) AddLayer(layer, $"blk.{layer}.", $"model.layers.{layer}.");
        AddVector("output_norm.weight", "model.norm.weight", config.HiddenSize, TensorRole.Norm);
        if (!config.TieWordEmbeddings) AddMatrix("output", "lm_head", config.VocabularySize, config.HiddenSize, TensorRole.Head);
    }

    /// <summary>The tensors of a checkpoint.</summary>
    public IReadOnlyList<TensorSpec> Tensors => _tensors;
    /// <summary>The tensors of a GGUF file.</summary>
    public IReadOnlyList<GgufTensorSpec> Gguf => _gguf;

    /// <summary>The layout of a model.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="checkpointOrder">GGUF tensors keep the checkpoint's order of rows even where files of the family change it.</param>
    public static ModelLayout Of(ModelConfig config, bool checkpointOrder = false) => new(config, checkpointOrder);

    private void AddLayer(int layer, string target, string source)
    {
        AddNorm(target + "attn_norm", source + "input_layernorm", _config.GatedNormRank > 0);
        if (_config.Latent is { } latent) AddLatentAttention(latent, target, source + "self_attn.");
        else AddGroupedAttention(target, source + "self_attn.");
        var mixture = _config.IsMixture(layer);
        AddNorm(target + "ffn_norm", source + "post_attention_layernorm", mixture && _config.GatedNormRank > 0);
        if (mixture) AddMixture(_config.Mixture!, target, source);
        else AddMlp(target, "", source + "mlp.", _config.IntermediateSize, _config.MlpBias, TensorRole.Mlp);
    }

    private void AddGroupedAttention(string target, string source)
    {
        var hidden = _config.HiddenSize;
        var (queries, keys) = (_config.HeadCount * _config.HeadSize, _config.KeyValueHeadCount * _config.HeadSize);
        var turned = new TurnedRows(_config.HeadSize, 0);
        AddLinear(target + "attn_q", source + "q_proj", queries, hidden, _config.QueryKeyValueBias, TensorRole.Attention, turned);
        AddLinear(target + "attn_k", source + "k_proj", keys, hidden, _config.QueryKeyValueBias, TensorRole.Attention, turned);
        AddLinear(target + "attn_v", source + "v_proj", keys, hidden, _config.QueryKeyValueBias, TensorRole.Attention);
        AddLinear(target + "attn_output", source + "o_proj", hidden, queries, _config.AttentionOutputBias, TensorRole.Attention);
    }

    private void AddLatentAttention(LatentAttentionConfig latent, string target, string source)
    {
        var (hidden, heads) = (_config.HiddenSize, _config.HeadCount);
        var turned = new TurnedRows(latent.KeyHeadSize, latent.PlainHeadSize);
        if (latent.QueryRank is { } rank)
        {
            AddLinear(target + "attn_q_a", source + "q_a_proj", rank, hidden, _config.QueryKeyValueBias, TensorRole.Attention);
            AddVector(target + "attn_q_a_norm.weight", source + "q_a_layernorm.weight", rank, TensorRole.Norm);
            if (latent.OutputGate) AddGatedQuery(latent, rank, turned, target, source + "q_b_proj.weight", source + "q_gate_proj.weight");
            else AddMatrix(target + "attn_q_b", source + "q_b_proj", heads * latent.KeyHeadSize, rank, TensorRole.Attention, turned);
        }
        else AddMatrix(target + "attn_q", source + "q_proj", heads * latent.KeyHeadSize, hidden, TensorRole.Attention, turned);
        AddLinear(target + "attn_kv_a_mqa", source + "kv_a_proj_with_mqa", latent.CacheWidth, hidden, _config.QueryKeyValueBias, TensorRole.Attention, new TurnedRows(latent.CacheWidth, latent.KeyValueRank));
        AddVector(target + "attn_kv_a_norm.weight", source + "kv_a_layernorm.weight", latent.KeyValueRank, TensorRole.Norm);
        AddKeyValueUp(latent, target, source + "kv_b_proj.weight");
        AddLinear(target + "attn_output", source + "o_proj", hidden, heads * latent.ValueHeadSize, _config.AttentionOutputBias, TensorRole.Attention);
        if (latent is { Indexer: { } indexer, QueryRank: { } queryRank }) AddIndexer(indexer, queryRank, target + "indexer.", source + "indexer.");
    }

    /// <summary>
    /// The fused query and gate: rows are per head [query | gate], columns [normed latent | latent]; query rows read only the first
    /// half of the columns, gate rows only the second. GGUF holds the two blocks apart.
    /// </summary>
    private void AddGatedQuery(LatentAttentionConfig latent, int rank, TurnedRows turned, string target, string source, string alias)
    {
        var (heads, perHead) = (_config.HeadCount, latent.KeyHeadSize + latent.ValueHeadSize);
        _tensors.Add(new TensorSpec(source, [(long)heads * perHead, 2L * rank], TensorRole.Attention, alias));
        AddBlock(target + "attn_q_b.weight", latent.KeyHeadSize, 0, 0, _permutes ? turned : null);
        AddBlock(target + "attn_gate.weight", latent.ValueHeadSize, latent.KeyHeadSize, rank, null);

        void AddBlock(string name, int rows, int firstRow, int firstColumn, TurnedRows? order) => _gguf.Add(
            new GgufTensorSpec(name, [(long)heads * rows, rank], [source], TensorRole.Attention)
            {
                RowLength = rank,
                Locate = row => new RowSource(source, (row / rows * perHead + firstRow + (order?.InCheckpoint(row) ?? row) % rows) * 2 * rank + firstColumn, 1),
            });
    }

    /// <summary>GGUF holds keys and values apart, the keys transposed per head, as the absorbed form of latent attention reads them.</summary>
    private void AddKeyValueUp(LatentAttentionConfig latent, string target, string source)
    {
        var (heads, rank, plain, value) = (_config.HeadCount, latent.KeyValueRank, latent.PlainHeadSize, latent.ValueHeadSize);
        _tensors.Add(new TensorSpec(source, [(long)heads * (plain + value), rank], TensorRole.Attention));
        _gguf.Add(new GgufTensorSpec(target + "attn_k_b.weight", [heads, rank, plain], [source], TensorRole.Attention)
        {
            RowLength = plain,
            Locate = row => new RowSource(source, row / rank * (plain + value) * rank + row % rank, rank),
        });
        _gguf.Add(new GgufTensorSpec(target + "attn_v_b.weight", [heads, value, rank], [source], TensorRole.Attention)
        {
            RowLength = rank,
            Locate = row => new RowSource(source, (row / value * (plain + value) + plain + row % value) * rank, 1),
        });
    }

    private void AddIndexer(IndexerConfig indexer, int queryRank, string target, string source)
    {
        AddMatrix(target + "attn_q_b", source + "wq_b", indexer.Heads * indexer.HeadSize, queryRank, TensorRole.Indexer);
        AddMatrix(target + "attn_k", source + "wk", indexer.HeadSize, _config.HiddenSize, TensorRole.Indexer);
        AddVector(target + "k_norm.weight", source + "k_norm.weight", indexer.HeadSize, TensorRole.Indexer);
        AddVector(target + "k_norm.bias", source + "k_norm.bias", indexer.HeadSize, TensorRole.Indexer);
        AddMatrix(target + "proj", source + "weights_proj", indexer.Heads, _config.HiddenSize, TensorRole.Indexer, staysSingle: true);
    }

    private void AddMixture(MixtureConfig mixture, string target, string source)
    {
        var (experts, inner, hidden) = (mixture.RoutedExperts, mixture.IntermediateSize, _config.HiddenSize);
        AddMatrix(target + "ffn_gate_inp", source + "mlp.gate", experts, hidden, TensorRole.Router, staysSingle: true);
        AddVector(target + "exp_probs_b.bias", source + "mlp.gate.e_score_correction_bias", experts, TensorRole.Router);
        AddExperts(target + "ffn_gate_exps.weight", source + "mlp.experts.", "gate_proj", inner, hidden);
        AddExperts(target + "ffn_up_exps.weight", source + "mlp.experts.", "up_proj", inner, hidden);
        AddExperts(target + "ffn_down_exps.weight", source + "mlp.experts.", "down_proj", hidden, inner);
        if (mixture.SharedExperts > 0)
            AddMlp(target, "_shexp", source + "mlp.shared_experts.", mixture.SharedIntermediateSize, false, TensorRole.SharedExpert);
        if (_config.Family.PostMlpNorm)
            AddVector(target + "post_ffw_norm.weight", source + "post_mlp_layernorm.weight", hidden, TensorRole.Norm, source + "mlp.post_mlp_layernorm.weight");
    }

    private void AddExperts(string target, string prefix, string part, long rows, long columns)
    {
        var names = Enumerable.Range(0, _config.Mixture!.RoutedExperts).Select(expert => $"{prefix}{expert}.{part}.weight").ToArray();
        _tensors.AddRange(names.Select(name => new TensorSpec(name, [rows, columns], TensorRole.RoutedExpert)));
        _gguf.Add(new GgufTensorSpec(target, [names.Length, rows, columns], names, TensorRole.RoutedExpert)
        {
            RowLength = columns,
            Locate = row => new RowSource(names[row / rows], row % rows * columns, 1),
            IsVerbatim = true,
        });
    }

    private void AddMlp(string target, string suffix, string source, int inner, bool bias, TensorRole role)
    {
        AddLinear(target + "ffn_gate" + suffix, source + "gate_proj", inner, _config.HiddenSize, bias, role);
        AddLinear(target + "ffn_up" + suffix, source + "up_proj", inner, _config.HiddenSize, bias, role);
        AddLinear(target + "ffn_down" + suffix, source + "down_proj", _config.HiddenSize, inner, bias, role);
    }

    private void AddNorm(string target, string source, bool gated)
    {
        AddVector(target + ".weight", source + (gated ? ".norm.weight" : ".weight"), _config.HiddenSize, TensorRole.Norm);
        if (!gated) return;
        AddMatrix(target + "_gate_a", source + ".W_down", _config.GatedNormRank, _config.HiddenSize, TensorRole.Norm, staysSingle: true, alias: source + ".mlp.fc1.weight");
        AddMatrix(target + "_gate_b", source + ".W_up", _config.HiddenSize, _config.GatedNormRank, TensorRole.Norm, staysSingle: true, alias: source + ".mlp.fc2.weight");
    }

    private void AddLinear(string target, string source, int outputs, int inputs, bool bias, TensorRole role, TurnedRows? turned = null)
    {
        AddMatrix(target, source, outputs, inputs, role, turned);
        if (bias) AddVector(target + ".bias", source + ".bias", outputs, role, turned: turned);
    }

    private void AddMatrix(string target, string source, long rows, long columns, TensorRole role, TurnedRows? turned = null, bool staysSingle = false, string? alias = null) =>
        Add(target + ".weight", source + ".weight", [rows, columns], columns, role, turned, staysSingle, alias);

    private void AddVector(string target, string source, long size, TensorRole role, string? alias = null, TurnedRows? turned = null) =>
        Add(target, source, [size], turned is not null && _permutes ? 1 : size, role, turned, true, alias);

    private void Add(string target, string source, long[] shape, long rowLength, TensorRole role, TurnedRows? turned, bool staysSingle, string? alias)
    {
        _tensors.Add(new TensorSpec(source, shape, role, alias));
        var order = _permutes ? turned : null;
        _gguf.Add(new GgufTensorSpec(target, shape, [source], role)
        {
            RowLength = rowLength,
            Locate = row => new RowSource(source, (order?.InCheckpoint(row) ?? row) * rowLength, 1),
            IsVerbatim = order is null,
            StaysSingle = staysSingle,
        });
    }

    /// <summary>Llama 3 scaling is a tensor in GGUF: what each plain frequency is divided by.</summary>
    private void AddRopeFactors()
    {
        if (_config.Rope.Scaling != RopeScaling.Llama3) return;
        var plain = (_config.Rope with { Scaling = RopeScaling.None }).InverseFrequencies(_config.RotarySize);
        var scaled = _config.Rope.InverseFrequencies(_config.RotarySize);
        _gguf.Add(new GgufTensorSpec("rope_freqs.weight", [plain.Length], [], TensorRole.Attention)
        {
            RowLength = plain.Length,
            Locate = _ => throw new InvalidOperationException("computed, not read"),
            StaysSingle = true,
            Values = [.. plain.Zip(scaled, (from, to) => (float)(from / to))],
        });
    }
}
