using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Recipes;
using Geobuk.Tests;
using Geobuk.Training.Adapters;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Adapters;

/// <summary>Against a model whose weights were decoded once, as plain fp32 weights.</summary>
public sealed class QuantizedBaseTests : IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 24).Select(i => i * i * 7 % 64)];

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-qlora-").FullName;

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
        TorchRuntime.Start(new TorchOptions());
        using var scope = NewDisposeScope();
        var config = Wide(TinyCheckpoint.Shapes[family]);
        TinyCheckpoint.Write(_folder, config);
        var file = Path.Combine(_folder, "model.gguf");
        var decoded = Quantize(config, type, file);
        using var model = ModelWeights.Unset(_folder, CPU);
        using var attached = QuantizedBase.Attach(model, file);
        Assert.True(attached.Matrices >= config.LayerCount, $"{attached.Matrices} matrices stay quantized");
        using var plain = ModelWeights.Load(_folder, CPU);
        using (no_grad())
            foreach (var (name, parameter) in plain.named_parameters()) parameter.copy_(tensor(decoded[name], parameter.shape));
        var lora = new LoraConfig { Rank = 4, Alpha = 8, Targets = ["o_proj", "down_proj"] };
        var results = new[] { model, plain }.Select(each =>
        {
            AdapterFolder.AddAdapters(each, lora, 3);
            using var batch = new PackedBatch(s_tokens, [.. Enumerable.Range(0, 24)], new int[24], 24, CPU);
            var logits = each.Logits(each.Hidden(batch));
            logits.square().sum().backward();
            return (Logits: logits.detach(), Gradients: each.Trainable().Select(entry => entry.Parameter.grad ?? zeros_like(entry.Parameter)).ToList());
        }).ToList();
        Assert.True(Far(results[0].Logits, results[1].Logits) < 1e-4 * results[1].Logits.abs().max().item<float>() + 1e-5);
        foreach (var (ours, theirs) in results[0].Gradients.Zip(results[1].Gradients)) Assert.True(Far(ours, theirs) <= 1e-3 * theirs.abs().max().item<float>() + 1e-5);
        using var merged = model.LinearLayers().First(entry => entry.Layer.HasAdapter).Layer.MergedWeight();
        Assert.True(Far(merged, tensor(decoded[model.LinearLayers().First(entry => entry.Layer.HasAdapter).Name + ".weight"], merged.shape)) < 1e-6);
    }

    [Fact]
    public void Attach_AFileOfAnotherModel_IsRefused()
    {
        TorchRuntime.Start(new TorchOptions());
        var config = Wide(TinyCheckpoint.Shapes["llama"]);
        TinyCheckpoint.Write(_folder, config);
        var file = Path.Combine(_folder, "model.gguf");
        Quantize(config, GgmlType.Q8_0, file);
        using var other = new CausalLanguageModel(config with { IntermediateSize = 512 }, CPU);
        Assert.Contains("Give the file that was made from this base", Assert.Throws<UserInputException>(() => QuantizedBase.Attach(other, file)).Message);
    }

    /// <summary>Rows of whole blocks.</summary>
    private static ModelConfig Wide(ModelConfig config) => config with { HiddenSize = 256, IntermediateSize = 256, VocabularySize = 64 };

    /// <summary>Writes the folder's weights in a type where rows are whole blocks, and returns what they decode to by checkpoint key.</summary>
    private Dictionary<string, float[]> Quantize(ModelConfig config, GgmlType type, string path)
    {
        using var checkpoint = ModelCheckpoint.Open(_folder);
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
