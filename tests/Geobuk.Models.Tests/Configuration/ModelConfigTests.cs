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
        var json = Llama.Replace("\"hidden_size\":64", "\"hidden_size\":-1").Replace("\"vocab_size\":320,", "").Replace("LlamaForCausalLM", "MambaForCausalLM");
        var fault = Assert.Throws<UserInputException>(() => ModelConfig.Parse(json, "모델/config.json"));
        Assert.Equal(3, fault.Problems.Count(problem => problem.Contains("hidden_size is -1") || problem.Contains("vocab_size is missing") || problem.Contains("MambaForCausalLM")));
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
