using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Recipes;
using Geobuk.Tests;
using Geobuk.Training.Adapters;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Adapters;

/// <summary>Against a model whose weights were decoded once, as plain fp32 weights.</summary>
public sealed class QuantizedBaseTests : IClassFixture<TinyModel>, IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 24).Select(i => i * i * 7 % 64)];

    private readonly TinyModel _tiny;
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-qlora-").FullName;

    public QuantizedBaseTests(TinyModel tiny) => _tiny = tiny;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, GgmlType> Files
    {
        get
        {
            var files = new TheoryData<string, GgmlType>();
            foreach (var type in new[] { GgmlType.Q8_0, GgmlType.Q4_K, GgmlType.Q6_K }) files.Add("llama", type);
            files.Add("qwen2", GgmlType.Q8_0);
            files.Add("axk1", GgmlType.Q8_0);
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Attach_AModelOfTheFile_HasItsLogitsAndGradients(string family, GgmlType type)
    {
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        using var scope = NewDisposeScope();
        var config = Wide(TinyCheckpoint.Shapes[family]);
        TinyCheckpoint.Write(_folder, config);
        var file = Path.Combine(_folder, "model.gguf");
        var decoded = Quantize(_folder, config, type, file);
        using var model = ModelWeights.Unset(_folder, device);
        using var attached = QuantizedBase.Attach(model, file);
        Assert.True(attached.Matrices >= config.LayerCount, $"{attached.Matrices} matrices stay quantized");
        using var plain = ModelWeights.Load(_folder, device);
        using (no_grad())
            foreach (var (name, parameter) in plain.named_parameters()) parameter.copy_(tensor(decoded[name], parameter.shape));
        var lora = new LoraConfig { Rank = 4, Alpha = 8, Targets = ["o_proj", "down_proj"] };
        var results = new[] { model, plain }.Select(each =>
        {
            AdapterFolder.AddAdapters(each, lora, 3);
            using var batch = new PackedBatch(s_tokens, [.. Enumerable.Range(0, 24)], new int[24], 24, device);
            var logits = each.Logits(each.Hidden(batch));
            logits.square().sum().backward();
            return (Logits: logits.detach(), Gradients: each.Trainable().Select(entry => entry.Parameter.grad ?? zeros_like(entry.Parameter)).ToList());
        }).ToList();
        Assert.True(Far(results[0].Logits, results[1].Logits) < 1e-4 * results[1].Logits.abs().max().item<float>() + 1e-5);
        foreach (var (ours, theirs) in results[0].Gradients.Zip(results[1].Gradients)) Assert.True(Far(ours, theirs) <= 1e-3 * theirs.abs().max().item<float>() + 1e-5);
        using var merged = model.LinearLayers().First(entry => entry.Layer.HasAdapter).Layer.MergedWeight();
        Assert.True(Far(merged, tensor(decoded[model.LinearLayers().First(entry => entry.Layer.HasAdapter).Name + ".weight"], merged.shape).to(device)) < 1e-6);
        Assert.All(model.LinearLayers(), entry => Assert.True(entry.Layer.Weight.isfinite().all().item<bool>(), entry.Name));
    }

    [Fact]
    public void Attach_AFileOfAnotherModel_IsRefused()
    {
        TorchRuntime.Start(new TorchOptions());
        var config = Wide(TinyCheckpoint.Shapes["llama"]);
        TinyCheckpoint.Write(_folder, config);
        var file = Path.Combine(_folder, "model.gguf");
        Quantize(_folder, config, GgmlType.Q8_0, file);
        using var other = new CausalLanguageModel(config with { IntermediateSize = 512 }, CPU);
        Assert.Contains("Give the file that was made from this base", Assert.Throws<UserInputException>(() => QuantizedBase.Attach(other, file)).Message);
    }

    [Fact]
    public void ToBFloat16_AModelOfTheFile_HasTheBitsOfTheDecodedOne()
    {
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        using var scope = NewDisposeScope();
        var config = Wide(TinyCheckpoint.Shapes["llama"]);
        TinyCheckpoint.Write(_folder, config);
        var file = Path.Combine(_folder, "model.gguf");
        var decoded = Quantize(_folder, config, GgmlType.Q4_K, file);
        using var model = ModelWeights.Unset(_folder, device);
        using var attached = QuantizedBase.Attach(model, file);
        using var plain = ModelWeights.Load(_folder, device);
        using var still = no_grad();
        foreach (var (name, parameter) in plain.named_parameters()) parameter.copy_(tensor(decoded[name], parameter.shape));
        model.ToBFloat16();
        plain.ToBFloat16();
        // Layer by layer: plain matrices side by side are multiplied as one, whose sums may have another order.
        foreach (var (ours, theirs) in model.LinearLayers().Zip(plain.LinearLayers()))
        {
            var input = randn(3, 5, theirs.Layer.Weight.shape[1], dtype: bfloat16, device: device);
            Assert.Equal(theirs.Layer.forward(input).to(float32).Values<float>(), ours.Layer.forward(input).to(float32).Values<float>());
        }
        Assert.All(model.LinearLayers().Where(entry => entry.Name.EndsWith("down_proj", StringComparison.Ordinal)), entry => Assert.Equal([0, 0], entry.Layer.Weight.stride()));
    }

    [Theory]
    [InlineData(TrainPrecision.Fp32, LoraVariant.Lora)]
    [InlineData(TrainPrecision.Bf16, LoraVariant.Lora)]
    [InlineData(TrainPrecision.Bf16, LoraVariant.Dora)]
    public void Run_OnAQuantizedBase_LearnsAndMerges(TrainPrecision precision, LoraVariant variant)
    {
        var file = Path.Combine(_folder, "model.gguf");
        Quantize(_tiny.Base, _tiny.Config, GgmlType.Q8_0, file);
        var config = new TrainConfig
        {
            Method = TrainMethod.Lora, Precision = precision, Lora = new LoraConfig { Rank = 8, Alpha = 16, Variant = variant, QuantizedBase = file },
            SequenceLength = 48, MicroBatch = 2, Steps = 30, LearningRate = 2e-2, WarmupSteps = 2, EvaluateEvery = 30, CheckpointEvery = 30,
        };
        var output = Path.Combine(_folder, "run");
        TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), output, new InlineProgress(_ => { }), default);
        var losses = File.ReadLines(Path.Combine(output, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.TryGetProperty("loss", out _)).Select(line => line.GetProperty("loss").GetDouble()).ToList();
        Assert.True(losses.TakeLast(5).Average() < losses.Take(5).Average() - 0.05, $"{losses[0]} to {losses[^1]}");
        using var merged = ModelCheckpoint.Open(Path.Combine(output, "model"));
        Assert.Equal(_tiny.Config.HiddenSize, merged.Config.HiddenSize);
    }

    /// <summary>Rows of whole blocks.</summary>
    private static ModelConfig Wide(ModelConfig config) => config with { HiddenSize = 256, IntermediateSize = 256, VocabularySize = 64 };

    /// <summary>Writes the folder's weights in a type where rows are whole blocks, and returns what they decode to by checkpoint key.</summary>
    private static Dictionary<string, float[]> Quantize(string folder, ModelConfig config, GgmlType type, string path)
    {
        using var checkpoint = ModelCheckpoint.Open(folder);
        var decoded = checkpoint.Tensors.ToDictionary(spec => spec.Name, spec => checkpoint.ReadSingle(spec.Name));
        var tensors = new List<(GgufTensorToWrite Declared, byte[] Data)>();
        foreach (var spec in ModelLayout.Of(config).Gguf.Where(spec => spec.Values is null))
        {
            var chosen = spec.StaysSingle || spec.RowLength % BlockFormat.Get(type).BlockSize != 0 ? GgmlType.F32 : type;
            var format = BlockFormat.Get(chosen);
            var bytes = new byte[format.Bytes(spec.Elements)];
            var row = new float[spec.RowLength];
            for (var r = 0L; r < spec.Rows; r++)
            {
                var place = spec.Locate(r);
                for (var i = 0; i < row.Length; i++) row[i] = decoded[place.Tensor][place.Offset + i * place.Stride];
                var part = bytes.AsSpan((int)(r * format.Bytes(spec.RowLength)), (int)format.Bytes(spec.RowLength));
                format.Encode(row, [], part);
                format.Decode(part, row);
                for (var i = 0; i < row.Length; i++) decoded[place.Tensor][place.Offset + i * place.Stride] = row[i];
            }
            tensors.Add((new GgufTensorToWrite(spec.Name, chosen, [.. spec.Shape.Reverse()]), bytes));
        }
        using var writer = GgufWriter.Create(path, GgufConfigWriter.Keys(config).Select(entry => KeyValuePair.Create(entry.Key, entry.Value)), [.. tensors.Select(entry => entry.Declared)]);
        for (var i = 0; i < tensors.Count; i++) writer.Write(i, 0, tensors[i].Data);
        writer.Complete();
        return decoded;
    }

    private static double Far(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
