namespace Geobuk.Models.Tests.Configuration;

public class ModelConfigTests
{
    private const string Llama = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":64,"intermediate_size":160,"num_hidden_layers":3,
         "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":320,"max_position_embeddings":128,"rms_norm_eps":1e-5,"eos_token_id":[2,3]}
        """;

    [Fact]
    public void Parse_ThenToJson_ThenParse_IsTheSame()
    {
        var config = ModelConfig.Parse(Llama, "config.json");
        Assert.Equal(16, config.HeadSize);
        Assert.Equal([2, 3], config.EosTokenIds);
        var again = ModelConfig.Parse(config.ToJson("bfloat16").ToJsonString(), "config.json");
        Assert.Equal(config with { EosTokenIds = again.EosTokenIds }, again);
    }

    [Fact]
    public void Parse_SeveralMistakes_NamesAllAtOnce()
    {
        var json = Llama.Replace("\"hidden_size\":64", "\"hidden_size\":-1").Replace("\"vocab_size\":320,", "").Replace("\"rms_norm_eps\":1e-5", "\"rms_norm_eps\":0");
        var fault = Assert.Throws<UserInputException>(() => ModelConfig.Parse(json, "모델/config.json"));
        Assert.Equal(3, fault.Problems.Count(problem => problem.Contains("hidden_size is -1") || problem.Contains("vocab_size is missing") || problem.Contains("rms_norm_eps is 0")));
        Assert.All(fault.Problems, problem => Assert.StartsWith("모델/config.json: ", problem));
    }

    [Theory]
    [InlineData("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":32},\"rope_theta\":1000.0", RopeScaling.Yarn, 1000)]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"llama3\",\"rope_theta\":500000.0,\"factor\":8.0,\"original_max_position_embeddings\":64}", RopeScaling.Llama3, 500000)]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":20000.0}", RopeScaling.None, 20000)]
    public void Parse_ReadsOldAndNewRopeSettings(string settings, RopeScaling scaling, double theta)
    {
        var config = ModelConfig.Parse(Llama.Replace("\"rms_norm_eps\"", settings + ",\"rms_norm_eps\""), "config.json");
        Assert.Equal((scaling, theta), (config.Rope.Scaling, config.Rope.Theta));
    }

    [Fact]
    public void Parse_UnknownFamilyWithAnImpossibleSize_NamesBoth()
    {
        var json = Llama.Replace("LlamaForCausalLM", "MambaForCausalLM").Replace("\"hidden_size\":64", "\"hidden_size\":-1");
        var fault = Assert.Throws<UserInputException>(() => ModelConfig.Parse(json, "config.json"));
        Assert.Collection(fault.Problems, first => Assert.Contains("architecture is MambaForCausalLM", first), second => Assert.Contains("hidden_size is -1", second));
    }

    /// <summary>What an unknown family's other keys must be is not known: nothing is said about them.</summary>
    [Theory]
    [InlineData("MambaForCausalLM", "llama")]
    [InlineData("LlamaForSequenceClassification", "llama")]
    [InlineData("Mamba", "mamba")]
    public void Parse_UnknownFamily_IsTheOnlyComplaint(string architecture, string type)
    {
        var json = Llama.Replace("LlamaForCausalLM", architecture).Replace("\"model_type\":\"llama\"", $"\"model_type\":\"{type}\"").Replace("\"num_attention_heads\":4,", "");
        var fault = Assert.Throws<UserInputException>(() => ModelConfig.Parse(json, "config.json"));
        Assert.StartsWith($"config.json: architecture is {architecture} (model_type {type}); expected LlamaForCausalLM, ", Assert.Single(fault.Problems));
    }

    [Theory]
    [InlineData("AXK1", "AXK1", "axk1")]
    [InlineData("AXK1Model", "AXK1", "axk1")]
    [InlineData("AXK2Model", "axk2", "axk2")]
    [InlineData("AxK1ForCausalLM", "other", "axk1")]
    [InlineData(null, "AXK1", "axk1")]
    public void Find_ClassWithoutATask_TakesTheModelType(string? architecture, string type, string family) => Assert.Equal(family, ModelFamily.Find(architecture, type)?.Name);

    [Theory]
    [InlineData("\"rms_norm_eps\":0", "rms_norm_eps is 0; expected a number above 0 and at most 1")]
    [InlineData("\"rms_norm_eps\":-1e-5", "rms_norm_eps is -1E-05; expected a number above 0 and at most 1")]
    [InlineData("\"rms_norm_eps\":1e-60", "rms_norm_eps is 1E-60; expected a number above 0 and at most 1")]
    [InlineData("\"rms_norm_eps\":1.5", "rms_norm_eps is 1.5; expected a number above 0 and at most 1")]
    [InlineData("\"rms_norm_eps\":1e999", "rms_norm_eps is 1e999; expected a number")]
    [InlineData("\"rms_norm_eps\":1e-5,\"initializer_range\":-0.02", "initializer_range is -0.02; expected a number that is not negative")]
    [InlineData("\"rms_norm_eps\":1e-5,\"bos_token_id\":320", "bos_token_id is 320; expected less than vocab_size 320")]
    [InlineData("\"rms_norm_eps\":1e-5,\"rope_scaling\":\"yarn\"", "rope_scaling is \"yarn\"; expected an object or null")]
    [InlineData("\"rms_norm_eps\":1e-5,\"rope_parameters\":[1]", "rope_parameters is [1]; expected an object or null")]
    [InlineData("\"rms_norm_eps\":1e-5,\"rope_parameters\":{\"full_attention\":{\"rope_type\":\"default\"},\"sliding_attention\":{\"rope_type\":\"default\"}}",
        "rope_parameters is by layer type (full_attention, sliding_attention); expected one object for all layers")]
    public void Parse_ValueOfNoModel_IsTheOnlyComplaint(string replacement, string complaint) => OnlyComplaint(Llama.Replace("\"rms_norm_eps\":1e-5", replacement), complaint);

    [Fact]
    public void Parse_StopTokenBeyondTheVocabulary_IsTheOnlyComplaint() =>
        OnlyComplaint(Llama.Replace("[2,3]", "[2,320]"), "eos_token_id is 320; expected less than vocab_size 320");

    [Theory]
    [InlineData("yarn", "\"factor\":0.5", "rope factor is 0.5; expected at least 1 with rope type yarn")]
    [InlineData("yarn", "\"factor\":0", "rope factor is 0; expected a positive number")]
    [InlineData("yarn", "\"factor\":4,\"beta_fast\":0", "beta_slow is 1; expected less than beta_fast 0")]
    [InlineData("yarn", "\"factor\":4,\"beta_slow\":0", "beta_slow is 0; expected a positive number")]
    [InlineData("yarn", "\"factor\":4,\"beta_fast\":2,\"beta_slow\":2", "beta_slow is 2; expected less than beta_fast 2")]
    [InlineData("yarn", "\"factor\":4,\"attention_factor\":-1", "attention_factor is -1; expected a positive number")]
    [InlineData("llama3", "\"factor\":8,\"low_freq_factor\":0", "low_freq_factor is 0; expected a positive number")]
    [InlineData("llama3", "\"factor\":8,\"low_freq_factor\":4", "low_freq_factor is 4; expected less than high_freq_factor 4")]
    [InlineData("llama3", "\"factor\":8,\"high_freq_factor\":-1", "low_freq_factor is 1; expected less than high_freq_factor -1")]
    [InlineData("llama3", "\"factor\":-8", "rope factor is -8; expected a positive number")]
    public void Parse_ScalingThatDividesByNothing_IsTheOnlyComplaint(string type, string keys, string complaint) =>
        OnlyComplaint(Llama.Replace("\"rms_norm_eps\"", $"\"rope_scaling\":{{\"rope_type\":\"{type}\",\"original_max_position_embeddings\":64,{keys}}},\"rms_norm_eps\""), complaint);

    private static void OnlyComplaint(string json, string complaint) =>
        Assert.StartsWith($"config.json: {complaint}", Assert.Single(Assert.Throws<UserInputException>(() => ModelConfig.Parse(json, "config.json")).Problems));

    [Fact]
    public void InverseFrequencies_Yarn_KeepsFastAndScalesSlowDimensions()
    {
        var plain = new RopeConfig { Theta = 10000 };
        var yarn = plain with { Scaling = RopeScaling.Yarn, Factor = 4, OriginalMaxPositions = 4096 };
        var (a, b) = (plain.InverseFrequencies(128), yarn.InverseFrequencies(128));
        Assert.Equal(a[0], b[0], 12);
        Assert.Equal(a[63] / 4, b[63], 12);
        Assert.Equal(1 + 0.1 * Math.Log(4), yarn.AttentionScale(), 12);
    }

    [Theory]
    [InlineData("\"num_hidden_layers\":3", "\"num_hidden_layers\":268435456", "num_hidden_layers is 268435456; expected 1 to 1024")]
    [InlineData("\"vocab_size\":320", "\"vocab_size\":268435456", "the vocabulary size is 268435456; expected at most 4194304")]
    [InlineData("\"rms_norm_eps\":1e-5", "\"rope_scaling\":{\"type\":\"yarn\",\"original_max_position_embeddings\":1e300}", "original_max_position_embeddings is 1E+300; expected 1 to 268435456")]
    public void Parse_SizesOfNoModel_AreRefusedBeforeAnythingIsMade(string key, string replacement, string complaint)
    {
        var fault = Assert.Throws<UserInputException>(() => ModelConfig.Parse(Llama.Replace(key, replacement), "config.json"));
        Assert.Contains(complaint, fault.Message);
    }
}
