using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Inference.Tests.Weights;

public class ModelWeightsTests
{
    [Fact]
    public void Load_WithSeveralWrongTensors_NamesAllAtOnce()
    {
        using var tiny = new TinyModel(change: tensors =>
        {
            tensors.RemoveAll(tensor => tensor.Name == "model.layers.1.mlp.up_proj.weight");
            tensors.RemoveAll(tensor => tensor.Name == "model.norm.weight");
            tensors.Add(new TensorToWrite("model.norm.weight", TensorDataType.F32, [35], () => new float[35]));
            tensors.Add(new TensorToWrite("model.layers.1.mlp.extra_proj.weight", TensorDataType.F32, [2, 2], () => new float[4]));
            tensors.Add(new TensorToWrite("model.layers.2.mlp.up_proj.weight", TensorDataType.F32, [2, 2], () => new float[4]));
        });
        var error = Assert.Throws<UserInputException>(() => tiny.Load());
        Assert.Equal(3, error.Problems.Count);
        Assert.Contains(error.Problems, problem => problem.Contains("tensor model.layers.1.mlp.up_proj.weight is missing; expected shape [70, 36] by config.json", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Contains("tensor model.norm.weight has shape [35]; expected [36] by config.json", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Contains("tensor model.layers.1.mlp.extra_proj.weight is not part of the llama model in config.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_WithManyWrongTensors_NamesEachAndThoseThatDifferInNumbersTogether()
    {
        using var tiny = new TinyModel(change: tensors =>
        {
            tensors.RemoveAll(tensor => tensor.Name.EndsWith("mlp.up_proj.weight", StringComparison.Ordinal));
            tensors.RemoveAll(tensor => tensor.Name == "model.norm.weight");
            tensors.Add(new TensorToWrite("model.norm.weight", TensorDataType.F32, [35], () => new float[35]));
            foreach (var layer in new[] { 0, 1, 2, 5 })
                tensors.AddRange(Enumerable.Range(0, 50).Select(i => new TensorToWrite($"extra.{layer}.{i}.w", TensorDataType.F32, [1], () => [0f])));
            tensors.Add(new TensorToWrite("other.*.w", TensorDataType.F32, [1], () => [0f]));
        });

        var error = Assert.Throws<UserInputException>(() => tiny.Load());

        Assert.Equal(4, error.Problems.Count);
        Assert.Contains(error.Problems, problem => problem.Contains("tensor extra.{0-2,5}.{0-49}.w (200 tensors) is not part of the llama model", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Contains("tensor model.layers.{0-1}.mlp.up_proj.weight (2 tensors) is missing; expected shape [70, 36]", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Contains("tensor model.norm.weight has shape [35]", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.Contains("tensor other.*.w is not part", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_WithMissingShardsAndAWrongIndex_NamesAllOfIt()
    {
        using var tiny = new TinyModel(change: tensors => tensors.RemoveAll(tensor => tensor.Name == "model.norm.weight"));
        var layers = Enumerable.Range(0, 2).Select(layer => $"model.layers.{layer}.mlp.up_proj.weight").ToList();
        var map = new JsonObject { [layers[0]] = "one.safetensors", [layers[1]] = "two.safetensors", ["model.absent.weight"] = "model.safetensors" };
        using (var written = Checkpoint.Open(tiny.Folder))
            foreach (var name in written.Tensors.Keys.Except(layers)) map[name] = "model.safetensors";
        File.WriteAllText(Path.Combine(tiny.Folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());

        var error = Assert.Throws<UserInputException>(() => tiny.Load());

        Assert.Equal(4, error.Problems.Count);
        foreach (var part in new[] { "one.safetensors", "two.safetensors", "tensor model.absent.weight is missing; expected it by model.safetensors.index.json", "tensor model.norm.weight is missing; expected shape [36]" })
            Assert.Contains(error.Problems, problem => problem.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_OfIntegerWeights_NamesTheTensor()
    {
        using var tiny = new TinyModel(change: tensors =>
        {
            tensors.RemoveAll(tensor => tensor.Name == "lm_head.weight");
            tensors.Add(new TensorToWrite("lm_head.weight", TensorDataType.F32, [1], () => [0f]));
        });
        var file = Path.Combine(tiny.Folder, "model.safetensors");
        // The same four bytes declared as an integer.
        var bytes = File.ReadAllBytes(file);
        var text = System.Text.Encoding.Latin1.GetString(bytes).Replace("\"lm_head.weight\":{\"dtype\":\"F32\"", "\"lm_head.weight\":{\"dtype\":\"I32\"", StringComparison.Ordinal);
        File.WriteAllBytes(file, System.Text.Encoding.Latin1.GetBytes(text));
        Assert.Contains("tensor lm_head.weight is I32; expected F32, F16, BF16, block-scaled F8_E4M3 or packed codes", Assert.Throws<UserInputException>(() => tiny.Load()).Message);
    }

    [Fact]
    public void Load_OfUnsupportedArchitecture_NamesIt()
    {
        using var tiny = new TinyModel();
        var file = Path.Combine(tiny.Folder, "config.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("LlamaForCausalLM", "MambaForCausalLM", StringComparison.Ordinal));
        Assert.Contains("architecture is MambaForCausalLM", Assert.Throws<UserInputException>(() => tiny.Load()).Message);
    }

    [Fact]
    public void Load_OfMissingPath_SaysWhatIsExpected() =>
        Assert.Contains("no such file or folder; expected a GGUF file or a Hugging Face folder",
            Assert.Throws<UserInputException>(() => InferenceModel.Load("/nowhere/model.gguf")).Message);

    [Fact]
    public void Load_WithImpossibleOptions_ReportsAll()
    {
        using var tiny = new TinyModel();
        var error = Assert.Throws<UserInputException>(() => tiny.Load(new InferenceOptions { Threads = 0, ContextLength = -1, PrefillChunk = 0 }));
        Assert.Equal(3, error.Problems.Count);
        Assert.Contains("inference: threads is 0; expected 1 to 1024. Correct the option.", error.Problems);
    }

    [Fact]
    public void Load_OfTiedModel_CountsTheHeadOnce()
    {
        using var tied = new TinyModel(TinyModel.Shape with { TieWordEmbeddings = true });
        using var untied = new TinyModel();
        using var tiedModel = tied.Load();
        using var untiedModel = untied.Load();
        Assert.Equal(untiedModel.ParameterCount - 93 * 36, tiedModel.ParameterCount);
        Assert.Equal(new FileInfo(Path.Combine(tied.Folder, "model.safetensors")).Length, tiedModel.FileBytes);
    }

    [Fact]
    public void Load_WithGenerationConfig_UnitesTheStopTokens()
    {
        using var tiny = new TinyModel(TinyModel.Shape with { EosTokenIds = [4] });
        File.WriteAllText(Path.Combine(tiny.Folder, "generation_config.json"), """{"eos_token_id": [5, 6]}""");
        using var model = tiny.Load();
        Assert.Equal([4, 5, 6], model.StopTokenIds.Order());
        File.WriteAllText(Path.Combine(tiny.Folder, "generation_config.json"), """{"eos_token_id": "x"}""");
        Assert.Contains("eos_token_id is unreadable", Assert.Throws<UserInputException>(() => tiny.Load()).Message);
    }
}
