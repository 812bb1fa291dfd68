namespace Geobuk.Models.Tests.Configuration;

public class MixtureConfigTests
{
    private const string AxK2 = """
        {"architectures":["AXK2ForCausalLM"],"model_type":"axk2","hidden_size":64,"intermediate_size":160,"num_hidden_layers":5,"num_attention_heads":4,
         "vocab_size":320,"max_position_embeddings":128,"q_lora_rank":24,"kv_lora_rank":16,"qk_nope_head_dim":8,"qk_rope_head_dim":4,"v_head_dim":12,
         "n_routed_experts":8,"num_experts_per_tok":2,"moe_intermediate_size":24,"gated_norm_rank":4}
        """;

    [Theory]
    [InlineData("", new[] { 0 })]
    [InlineData("\"first_k_dense_replace\":0", new int[0])]
    [InlineData("\"first_k_dense_replace\":3", new[] { 0, 1, 2 })]
    [InlineData("\"first_k_dense_replace\":9", new[] { 0, 1, 2, 3, 4 })]
    [InlineData("\"first_k_dense_replace\":1,\"moe_layer_freq\":2", new[] { 0, 1, 3 })]
    [InlineData("\"mlp_layer_types\":[\"dense\",\"sparse\",\"dense\",\"sparse\",\"sparse\"]", new[] { 0, 2 })]
    [InlineData("\"mlp_layer_types\":[\"sparse\",\"sparse\",\"sparse\",\"sparse\",\"dense\"]", new[] { 4 })]
    public void Parse_KeysOfLayers_SayWhichAreDense(string keys, int[] dense)
    {
        var config = Parse(keys);
        Assert.Equal(dense, config.Mixture!.DenseLayers);
        Assert.Equal(dense, Enumerable.Range(0, 5).Where(layer => !config.IsMixture(layer)));
        Assert.Equal(dense, ModelConfig.Parse(config.ToJson("float32").ToJsonString(), "again").Mixture!.DenseLayers);
    }

    [Theory]
    [InlineData("\"mlp_layer_types\":[\"dense\"]", "mlp_layer_types is [dense] for 1 layers; expected dense or sparse for each of 5 layers")]
    [InlineData("\"mlp_layer_types\":[\"dense\",\"moe\",\"moe\",\"moe\",\"moe\"]", "mlp_layer_types is [dense, moe] for 5 layers")]
    [InlineData("\"first_k_dense_replace\":2,\"mlp_layer_types\":[\"dense\",\"sparse\",\"sparse\",\"sparse\",\"sparse\"]", "first_k_dense_replace is 2; expected the layers that mlp_layer_types names")]
    [InlineData("\"q_lora_rank\":null", "q_lora_rank is null; expected a whole number, which the output gate and the indexer need. Correct the file, or set attention_output_gate to false")]
    [InlineData("\"q_lora_rank\":null,\"attention_output_gate\":false,\"index_n_heads\":2,\"index_head_dim\":8,\"index_topk\":4", "q_lora_rank is null; expected a whole number, which the output gate and the indexer need")]
    [InlineData("\"routed_scaling_factor\":0", "routed_scaling_factor is 0; expected a positive number")]
    [InlineData("\"routed_scaling_factor\":-2.5", "routed_scaling_factor is -2.5; expected a positive number")]
    [InlineData("\"routed_scaling_factor\":1e99", "routed_scaling_factor is 1E+99; expected a positive number")]
    [InlineData("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,\"truncate\":false}", "rope truncate is false; expected true")]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":10000,\"partial_rotary_factor\":0.5}", "partial_rotary_factor is 0.5; expected 1")]
    [InlineData("\"partial_rotary_factor\":0.5", "partial_rotary_factor is 0.5; expected 1")]
    public void Parse_WhatIsNotComputed_IsRefusedByName(string keys, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<UserInputException>(() => Parse(keys)).Message);

    [Fact]
    public void Parse_AttentionBias_GoesIntoTheLatentsAndOut()
    {
        var names = Layouts.ModelLayout.Of(Parse("\"attention_bias\":true")).Tensors.Select(tensor => tensor.Name).Where(name => name.StartsWith("model.layers.1.self_attn", StringComparison.Ordinal) && name.EndsWith("proj.bias", StringComparison.Ordinal) || name.EndsWith("layers.1.self_attn.kv_a_proj_with_mqa.bias", StringComparison.Ordinal));
        Assert.Equal(["kv_a_proj_with_mqa", "o_proj", "q_a_proj"], names.Select(name => name.Split('.')[^2]).Order());
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\"rope_interleave\":true", false)]
    [InlineData("\"rope_interleave\":false", true)]
    public void Parse_RopeInterleave_SaysWhatIsTurned(string keys, bool halves)
    {
        var config = Parse(keys);
        Assert.Equal(halves, config.RotatesHalves);
        Assert.Equal(halves, ModelConfig.Parse(config.ToJson("float32").ToJsonString(), "again").RotatesHalves);
    }

    [Theory]
    [InlineData("\"q_lora_rank\":null,\"attention_output_gate\":false")]
    [InlineData("\"attention_output_gate\":false")]
    public void Parse_WithoutQueryRank_HasQueriesStraightOutOfTheInput(string keys)
    {
        var config = Parse(keys, withoutQueryRank: true);
        Assert.Null(config.Latent!.QueryRank);
        Assert.Null(ModelConfig.Parse(config.ToJson("float32").ToJsonString(), "again").Latent!.QueryRank);
        var tensors = Layouts.ModelLayout.Of(config).Tensors.Where(tensor => tensor.Name.StartsWith("model.layers.1.self_attn.q", StringComparison.Ordinal));
        Assert.Equal([("model.layers.1.self_attn.q_proj.weight", 48L, 64L)], tensors.Select(tensor => (tensor.Name, tensor.Shape[0], tensor.Shape[1])));
    }

    [Fact]
    public void Parse_WithoutScaleOfTheExperts_TakesThePublishedClasses() => Assert.Equal(2.5, Parse("").Mixture!.WeightScale);

    private static ModelConfig Parse(string keys, bool withoutQueryRank = false)
    {
        // A key given twice would be refused.
        var json = withoutQueryRank || keys.Contains("q_lora_rank", StringComparison.Ordinal) ? AxK2.Replace("\"q_lora_rank\":24,", "", StringComparison.Ordinal) : AxK2;
        return ModelConfig.Parse(keys.Length == 0 ? json : json.Replace("\"gated_norm_rank\":4", $"\"gated_norm_rank\":4,{keys}", StringComparison.Ordinal), "config.json");
    }
}
