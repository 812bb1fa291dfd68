using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests;

public sealed class CompressStepTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Output => Path.Combine(_folder, "light");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("f32", GgmlType.F32)]
    [InlineData("f16", GgmlType.F16)]
    [InlineData("bf16", GgmlType.BF16)]
    [InlineData("q8_0", GgmlType.Q8_0)]
    [InlineData("q4_0", GgmlType.Q4_0)]
    [InlineData("q4_k", GgmlType.Q4_K)]
    [InlineData("q6_k", GgmlType.Q6_K)]
    public void Run_EveryPreset_WritesItsTypeAndNearlyTheWeights(string preset, GgmlType type)
    {
        using var file = Compress(TinyModel.Llama, preset);
        var up = file.Find("blk.1.ffn_up.weight");
        Assert.Equal(type, up.Type);
        Assert.Equal([256L, 512L], up.Dimensions);
        var expected = TinyModel.Random("model.layers.1.mlp.up_proj.weight", [512, 256]);
        var relative = Math.Sqrt(expected.Zip(Values(file, up)).Sum(pair => Math.Pow(pair.First - pair.Second, 2)) / expected.Sum(value => (double)value * value));
        Assert.InRange(relative, 0, 0.1);
        Assert.All(file.Tensors.Where(tensor => tensor.Dimensions.Length == 1), tensor => Assert.Equal(GgmlType.F32, tensor.Type));
    }

    [Fact]
    public void Run_Llama_NamesTensorsAndKeysAsLlamaCpp()
    {
        using var file = Compress(TinyModel.Llama, "q4_k_m");
        string[] layer = ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"];
        var expected = new[] { "token_embd.weight", "output_norm.weight", "output.weight" }
            .Concat(Enumerable.Range(0, 2).SelectMany(index => layer.Select(part => $"blk.{index}.{part}.weight")));
        Assert.Equal(expected.Order(), file.Tensors.Select(tensor => tensor.Name).Order());
        Assert.Equal("llama", file.GetString("general.architecture"));
        Assert.Equal("model", file.GetString("general.name"));
        Assert.Equal(15, file.GetInt("general.file_type"));
        Assert.Equal(2, file.GetInt("general.quantization_version"));
        Assert.Equal((512, 256, 2, 512, 320), (file.GetInt("llama.context_length"), file.GetInt("llama.embedding_length"),
            file.GetInt("llama.block_count"), file.GetInt("llama.feed_forward_length"), file.GetInt("llama.vocab_size")));
        Assert.Equal((4, 2, 64, 64, 64), (file.GetInt("llama.attention.head_count"), file.GetInt("llama.attention.head_count_kv"),
            file.GetInt("llama.attention.key_length"), file.GetInt("llama.attention.value_length"), file.GetInt("llama.rope.dimension_count")));
        Assert.Equal((1e-5f, 10000), ((float)file.GetNumber("llama.attention.layer_norm_rms_epsilon"), file.GetNumber("llama.rope.freq_base")));
        Assert.DoesNotContain(file.Metadata.Keys, key => key.Contains("scaling", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Tokenizer_ComesBackTheSame()
    {
        using var file = Compress(TinyModel.Llama with { VocabularySize = 333 }, "f16");
        var original = Tokenizer.Load(Path.Combine(_folder, "model"));
        Assert.Equal("gpt2", file.GetString("tokenizer.ggml.model"));
        Assert.Equal(333, file.GetStrings("tokenizer.ggml.tokens").Count);
        Assert.False(file.TryGetBoolean("tokenizer.ggml.add_bos_token"));
        using var loaded = InferenceModel.Load(file.Path);
        var again = loaded.Tokenizer;
        const string Text = "제3조(휴가) 公暇와 當直 ＡＢＣ 123\n<|im_start|>근무";
        Assert.Equal(original.Encode(Text), again.Encode(Text));
        Assert.Equal(original.ChatTemplate, again.ChatTemplate);
        Assert.NotNull(again.ChatTemplate);
        Assert.Equal(original.EosTokenId, again.EosTokenId);
        Assert.Equal(original.Digest, again.Digest);
    }

    [Fact]
    public void Run_TokenizerThatComposes_ComesBackTheSame()
    {
        var model = TinyModel.Write(_folder, TinyModel.Qwen2);
        var json = Path.Combine(model, "tokenizer.json");
        var root = JsonNode.Parse(File.ReadAllText(json))!;
        root["normalizer"] = new JsonObject { ["type"] = "NFC" };
        File.WriteAllText(json, root.ToJsonString());
        CompressStep.Run(new CompressConfig { Preset = "q8_0" }, model, Output, new Progress<StepReport>(), default);
        using var loaded = InferenceModel.Load(Path.Combine(Output, CompressStep.ModelFile));
        var decomposed = "규정".Normalize(System.Text.NormalizationForm.FormD);
        Assert.Equal(loaded.Tokenizer.Encode("규정"), loaded.Tokenizer.Encode(decomposed));
        Assert.Equal(Tokenizer.Load(model).Encode(decomposed), loaded.Tokenizer.Encode(decomposed));
    }

    /// <summary>Published logits of the golden folders, through our file and our engine.</summary>
    [SkippableTheory]
    [InlineData("llama-gqa")]
    [InlineData("llama-mha-llama3rope")]
    [InlineData("qwen2-gqa")]
    [InlineData("qwen2-yarn")]
    public void Run_GoldenFolder_KeepsItsLogits(string name)
    {
        var golden = TestPaths.Shared("golden", name);
        CompressStep.Run(new CompressConfig { Preset = "f32" }, golden, Output, new Progress<StepReport>(), default);
        using var expected = SafetensorsFile.Open(Path.Combine(golden, "golden.safetensors"));
        var ids = MemoryMarshal.Cast<byte, long>(expected.Bytes(expected.Tensors["input_ids"]));
        var logits = MemoryMarshal.Cast<byte, float>(expected.Bytes(expected.Tensors["logits"])).ToArray();
        var length = (int)expected.Tensors["input_ids"].Shape[1];
        using var model = InferenceModel.Load(Path.Combine(Output, CompressStep.ModelFile));
        using var engine = new Engine(model, threads: 1);
        for (var start = 0; start < ids.Length; start += length)
        {
            var sequence = ids.Slice(start, length).ToArray().Select(id => (int)id).ToArray();
            var offset = start;
            engine.Logits(sequence, (position, row) =>
            {
                for (var i = 0; i < row.Length; i++)
                {
                    var want = logits[(offset + position) * row.Length + i];
                    Assert.Equal(want, row[i], 2e-4 + 2e-4 * Math.Abs(want));
                }
            });
        }
    }

    [Fact]
    public void Run_LlamaQueriesAndKeys_ArePermutedToAdjacentPairs()
    {
        // Row r of each matrix holds r everywhere.
        using var file = Compress(TinyModel.Llama, "f32", (_, shape) => RowNumbers(shape));
        var queries = FirstColumn(file, "blk.0.attn_q.weight");
        Assert.Equal([0f, 32, 1, 33], queries[..4]);
        Assert.Equal([64f, 96, 65], queries[64..67]);
        Assert.Equal([0f, 32, 1, 33], FirstColumn(file, "blk.1.attn_k.weight")[..4]);
        Assert.Equal(Enumerable.Range(0, 128).Select(row => (float)row), FirstColumn(file, "blk.0.attn_v.weight"));
    }

    [Fact]
    public void Run_LlamaBiases_ArePermutedLikeTheirRows()
    {
        using var file = Compress(TinyModel.Llama with { QueryKeyValueBias = true, AttentionOutputBias = true, MlpBias = true }, "q8_0", (_, shape) => RowNumbers(shape));
        Assert.Equal([0f, 32, 1, 33], Values(file, file.Find("blk.0.attn_q.bias"))[..4]);
        Assert.Equal([0f, 1, 2, 3], Values(file, file.Find("blk.0.attn_v.bias"))[..4]);
        Assert.Equal(512, file.Find("blk.1.ffn_gate.bias").Elements);
        Assert.Equal(256, file.Find("blk.1.attn_output.bias").Elements);
    }

    [Fact]
    public void Run_Qwen2_KeepsOrderBiasesAndTiedHead()
    {
        using var file = Compress(TinyModel.Qwen2, "f32", (_, shape) => RowNumbers(shape));
        Assert.Equal("qwen2", file.GetString("general.architecture"));
        Assert.Equal([0f, 1, 2, 3], FirstColumn(file, "blk.0.attn_q.weight")[..4]);
        Assert.Equal([0f, 1, 2], Values(file, file.Find("blk.0.attn_k.bias"))[..3]);
        Assert.Null(file.TryFind("output.weight"));
        Assert.Equal(1000000, file.GetNumber("qwen2.rope.freq_base"));
    }

    [Fact]
    public void Run_YarnAndLinear_AreKeysAndLlama3IsATensor()
    {
        var yarn = new RopeConfig { Theta = 10000, Scaling = RopeScaling.Yarn, Factor = 4, OriginalMaxPositions = 128 };
        using (var file = Compress(TinyModel.Qwen2 with { Rope = yarn with { AttentionFactor = 1.5 } }, "f16"))
        {
            Assert.Equal("yarn", file.GetString("qwen2.rope.scaling.type"));
            Assert.Equal((4, 128), (file.GetNumber("qwen2.rope.scaling.factor"), file.GetInt("qwen2.rope.scaling.original_context_length")));
            Assert.Equal(1.5 / yarn.AttentionScale(), file.GetNumber("qwen2.rope.scaling.attn_factor"), 1e-6);
        }
        using (var file = Compress(TinyModel.Llama with { Rope = new RopeConfig { Scaling = RopeScaling.Linear, Factor = 2 } }, "f16"))
            Assert.Equal("linear", file.GetString("llama.rope.scaling.type"));
        var llama3 = new RopeConfig { Theta = 10000, Scaling = RopeScaling.Llama3, Factor = 8, OriginalMaxPositions = 64, LowFrequencyFactor = 1, HighFrequencyFactor = 4 };
        using (var file = Compress(TinyModel.Llama with { Rope = llama3 }, "q8_0"))
        {
            var factors = Values(file, file.Find("rope_freqs.weight"));
            Assert.Equal((32, 1f, 8f), (factors.Length, factors[0], factors[^1]));
            Assert.Null(file.TryGetString("llama.rope.scaling.type"));
        }
    }

    [Fact]
    public void Write_RowsOfNoWholeBlock_WithoutSurgery_FallBackAndAreListed()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama with { IntermediateSize = 352 });
        var path = Path.Combine(_folder, "light.gguf");
        var result = ModelCompressor.Write(model, new CompressionOptions { Surgery = false }, path);
        using var file = GgufFile.Open(path);
        Assert.Equal((GgmlType.Q5_0, GgmlType.Q8_0), (file.Find("blk.0.ffn_down.weight").Type, file.Find("blk.1.ffn_down.weight").Type));
        var fallen = result.Tensors.Where(tensor => tensor.Fallback is not null).ToList();
        Assert.Equal(["blk.0.ffn_down.weight", "blk.1.ffn_down.weight"], fallen.Select(tensor => tensor.Name));
        Assert.All(fallen, tensor => Assert.Contains("multiple of 256, these have 352", tensor.Fallback));
    }

    [Fact]
    public void Run_Summary_CountsBytesAndBits()
    {
        using var file = Compress(TinyModel.Llama, "q8_0");
        using var summary = Summary();
        var root = summary.RootElement;
        Assert.Equal(file.Length, root.GetProperty("bytes").GetInt64());
        Assert.Equal("q8_0", root.GetProperty("preset").GetString());
        // 8.5 bits and a little for the norms.
        Assert.InRange(root.GetProperty("bits_per_weight").GetDouble(), 8.5, 8.6);
        Assert.Equal(file.Tensors.Select(tensor => (tensor.Name, tensor.Bytes)),
            root.GetProperty("tensors").EnumerateArray().Select(tensor => (tensor.GetProperty("name").GetString()!, tensor.GetProperty("bytes").GetInt64())));
        Assert.True(root.GetProperty("seconds").GetDouble() > 0);
    }

    [Fact]
    public void Run_Twice_GivesTheSameBytesWhateverTheThreads()
    {
        Compress(TinyModel.Llama, "q4_k_m").Dispose();
        var first = File.ReadAllBytes(Path.Combine(Output, "model.gguf"));
        File.WriteAllText(Path.Combine(Output, "model.gguf.1.tmp"), "of a killed run");
        CompressStep.Run(new CompressConfig { Preset = "q4_k_m" }, Path.Combine(_folder, "model"), Output, new Progress<StepReport>(), default);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(Output, "model.gguf")));
        Assert.Equal(["compress.json", "model.gguf"], Directory.GetFiles(Output).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Run_BF16Checkpoint_IsCopiedExactlyIntoBF16()
    {
        var model = TinyModel.Write(_folder, TinyModel.Qwen2, TensorDataType.BF16);
        CompressStep.Run(new CompressConfig { Preset = "bf16" }, model, Output, new Progress<StepReport>(), default);
        using var checkpoint = Checkpoint.Open(model);
        using var file = GgufFile.Open(Path.Combine(Output, "model.gguf"));
        Assert.Equal(checkpoint.Bytes("model.layers.0.mlp.down_proj.weight").ToArray(), file.Data(file.Find("blk.0.ffn_down.weight")).ToArray());
    }

    [Fact]
    public void Run_NoTokenizer_WritesTheWeightsAlone()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama, tokenizer: false);
        CompressStep.Run(new CompressConfig { Preset = "f16" }, model, Output, new Progress<StepReport>(), default);
        using var file = GgufFile.Open(Path.Combine(Output, "model.gguf"));
        Assert.DoesNotContain(file.Metadata.Keys, key => key is "tokenizer.ggml.tokens" or "tokenizer.ggml.model");
        Assert.Equal(0, file.GetInt("tokenizer.ggml.eos_token_id"));
    }

    [Fact]
    public void Run_UnknownPreset_WritesNothing()
    {
        Assert.Throws<UserInputException>(() => CompressStep.Run(new CompressConfig { Preset = "q5" }, _folder, Output, new Progress<StepReport>(), default));
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void Run_WeightsNotFinite_NamesTensorAndLeavesNothing()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama, values: (name, shape) =>
        {
            var values = TinyModel.Random(name, shape);
            if (name == "model.layers.1.self_attn.q_proj.weight") values[256 * 33 + 5] = float.NaN;
            return values;
        });
        var fault = Assert.Throws<UserInputException>(() => CompressStep.Run(new CompressConfig(), model, Output, new Progress<StepReport>(), default));
        Assert.Contains("tensor model.layers.1.self_attn.q_proj.weight has the value NaN at element 8453; expected finite numbers.", fault.Message);
        Assert.Empty(Directory.GetFiles(Output));
    }

    [Fact]
    public void Run_CheckpointOfAnotherShape_ReportsEveryDeviationAtOnce()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        AtomicFile.WriteText(Path.Combine(model, "config.json"), (TinyModel.Llama with { IntermediateSize = 384, LayerCount = 3 }).ToJson("float32").ToJsonString());
        var fault = Assert.Throws<UserInputException>(() => CompressStep.Run(new CompressConfig(), model, Output, new Progress<StepReport>(), default));
        Assert.Contains("model.layers.{0-1}.mlp.down_proj.weight (2 tensors) has shape [256, 512]; expected [256, 384]", fault.Message);
        Assert.Contains("tensor model.layers.2.mlp.down_proj.weight is missing", fault.Message);
        Assert.Empty(Directory.GetFiles(Output));
    }

    [Fact]
    public void Run_TokenizerOfALargerVocabulary_IsRefused()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama with { VocabularySize = 64 });
        var fault = Assert.Throws<UserInputException>(() => CompressStep.Run(new CompressConfig(), model, Output, new Progress<StepReport>(), default));
        Assert.Contains("vocab_size is 64", fault.Message);
    }

    [Fact]
    public void Run_Cancelled_LeavesNothing()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => CompressStep.Run(new CompressConfig(), model, Output, new Progress<StepReport>(), source.Token));
        Assert.Empty(Directory.GetFiles(Output));
    }

    /// <summary>The card says of what, from what and by what the file was made, and its plan makes the same file again.</summary>
    [Fact]
    public void Write_WithCalibration_PutsItsIdentityAndThePlanIntoTheCard()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        var importance = new ImportanceMatrix(TypePlan.Matrices(TinyModel.Llama).ToDictionary(spec => spec.Name, spec => new ImportanceEntry([.. Enumerable.Repeat(7f, (int)spec.Shape[^1])], [7])), ["복무규정.jsonl"], 3, 50, null);
        Directory.CreateDirectory(Output);
        var options = new CompressionOptions { Importance = importance, Calibration = [importance.Identity], JointSearch = true };
        var result = ModelCompressor.Write(model, options, Path.Combine(Output, "model.gguf"));
        var card = JsonDocument.Parse(result.ToJson()).RootElement;
        Assert.Equal(ModelFingerprint.Of(model), card.GetProperty("model").GetString());
        Assert.True(card.GetProperty("joint_search").GetBoolean());
        Assert.False(card.GetProperty("error_feedback").GetBoolean());
        var calibration = Assert.Single(card.GetProperty("calibration").EnumerateArray());
        Assert.Equal(("복무규정.jsonl", 150), (calibration.GetProperty("name").GetString(), calibration.GetProperty("tokens").GetInt64()));
        Assert.Matches("^[0-9a-f]{64}$", calibration.GetProperty("sha256").GetString());
        using (var file = GgufFile.Open(Path.Combine(Output, "model.gguf")))
            Assert.Equal(("복무규정.jsonl", 3), (file.GetString("quantize.imatrix.dataset"), file.GetInt("quantize.imatrix.chunks_count")));
        File.WriteAllText(Path.Combine(Output, "plan.json"), card.GetProperty("plan").GetRawText());
        var again = ModelCompressor.Write(model, options with { Plan = TypePlan.Load(Path.Combine(Output, "plan.json"), TinyModel.Llama) }, Path.Combine(Output, "again.gguf"));
        Assert.Equal(result.Tensors, again.Tensors);
    }

    [Fact]
    public void Run_AfterAnInterruption_GoesOnAndGivesTheSameFile()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama with { LayerCount = 6 });
        var config = new CompressConfig { Preset = "q4_k_m" };
        CompressStep.Run(config, model, Output, new Progress<StepReport>(), default);
        var whole = File.ReadAllBytes(Path.Combine(Output, "model.gguf"));
        var interrupted = Path.Combine(_folder, "interrupted");
        Interrupt(config, model, interrupted);
        Assert.Equal(["model.gguf.journal", "model.gguf.partial"], Directory.GetFiles(interrupted).Select(Path.GetFileName).Order());
        var finished = File.ReadAllLines(Path.Combine(interrupted, "model.gguf.journal")).Length - 1;

        // A line cut short by a kill, and a tensor whose data never reached the disk.
        File.AppendAllText(Path.Combine(interrupted, "model.gguf.journal"), "{\"Tensor\": 9");
        using (var partial = File.OpenWrite(Path.Combine(interrupted, "model.gguf.partial")))
        {
            using var file = GgufFile.Open(Path.Combine(Output, "model.gguf"));
            var first = JsonDocument.Parse(File.ReadAllLines(Path.Combine(interrupted, "model.gguf.journal"))[1]).RootElement.GetProperty("Tensor").GetInt32();
            partial.Position = file.Tensors[first].Offset;
            partial.Write(new byte[32]);
        }
        var result = CompressStep.Run(config, model, interrupted, new Progress<StepReport>(), default);
        Assert.Equal(finished - 1, result.Resumed);
        Assert.Equal(whole, File.ReadAllBytes(Path.Combine(interrupted, "model.gguf")));
        Assert.Equal(["compress.json", "model.gguf"], Directory.GetFiles(interrupted).Select(Path.GetFileName).Order());
        Assert.All(result.Tensors, tensor => Assert.Matches("^[0-9a-f]{64}$", tensor.Sha256));
    }

    [Fact]
    public void Run_AfterAnInterruptionOfAnotherJob_StartsClean()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama with { LayerCount = 6 });
        Interrupt(new CompressConfig { Preset = "q4_k_m" }, model, Output);
        Assert.Equal(0, CompressStep.Run(new CompressConfig { Preset = "q5_k_m" }, model, Output, new Progress<StepReport>(), default).Resumed);
        Interrupt(new CompressConfig { Preset = "q4_k_m" }, model, Output);
        File.SetLastWriteTimeUtc(Path.Combine(model, "model.safetensors"), DateTime.UtcNow.AddHours(-1));
        Assert.Equal(0, CompressStep.Run(new CompressConfig { Preset = "q4_k_m" }, model, Output, new Progress<StepReport>(), default).Resumed);
    }

    /// <summary>Cancels as soon as some tensor is finished.</summary>
    private static void Interrupt(CompressConfig config, string model, string output)
    {
        using var source = new CancellationTokenSource();
        var journal = Path.Combine(output, "model.gguf.journal");
        var progress = new Direct(report =>
        {
            // While it is being written the journal is the writer's alone; its size is not.
            if (report.Done < report.Total && new FileInfo(journal).Length > 400) source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => CompressStep.Run(config, model, output, progress, source.Token));
    }

    private sealed class Direct(Action<StepReport> action) : IProgress<StepReport>
    {
        public void Report(StepReport value) => action(value);
    }

    private GgufFile Compress(ModelConfig config, string preset, Func<string, long[], float[]>? values = null)
    {
        var model = TinyModel.Write(_folder, config, values: values);
        CompressStep.Run(new CompressConfig { Preset = preset }, model, Output, new Progress<StepReport>(), default);
        return GgufFile.Open(Path.Combine(Output, CompressStep.ModelFile));
    }

    private JsonDocument Summary() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Output, CompressStep.SummaryFile)));

    private static float[] Values(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.Elements];
        BlockFormat.Get(tensor.Type).Decode(file.Data(tensor), values);
        return values;
    }

    private static float[] FirstColumn(GgufFile file, string name)
    {
        var tensor = file.Find(name);
        var values = Values(file, tensor);
        return [.. Enumerable.Range(0, (int)tensor.Rows).Select(row => values[row * tensor.RowLength])];
    }

    private static float[] RowNumbers(long[] shape)
    {
        var columns = shape.Length == 1 ? 1 : shape[1];
        return [.. Enumerable.Range(0, (int)(shape[0] * columns)).Select(i => (float)(i / columns))];
    }
}
