using Geobuk.Models.Checkpoints;
using Geobuk.Tests;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Modules;

public class GoldenTests
{
    public static TheoryData<string> Folders => ["llama-gqa", "llama-mha-llama3rope", "qwen2-gqa", "qwen2-yarn"];

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Logits_OfGoldenModel_AreWithinTolerance(string name)
    {
        var (model, batch, golden) = Open(name);
        using (golden)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            var logits = model.Logits(model.Hidden(batch)).data<float>().ToArray();
            var expected = Read(golden, "logits");
            Assert.Equal(expected.Length, logits.Length);
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(logits[i] - expected[i]) <= 2e-4 + 2e-4 * Math.Abs(expected[i]), $"logit {i}: {logits[i]} for {expected[i]}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void LossAndGradients_OfGoldenModel_AreWithinTolerance(string name)
    {
        var (model, batch, golden) = Open(name);
        using (golden)
        {
            var sum = ChunkedCrossEntropy.Backward(model, batch, 1.0 / batch.PredictionCount);
            Assert.Equal(Read(golden, "loss")[0], sum / batch.PredictionCount, 5e-5);
            foreach (var (key, parameter) in model.named_parameters())
            {
                var norm = Read(golden, $"grad.{key}.norm")[0];
                using var gradient = parameter.grad!;
                var got = gradient.data<float>().ToArray();
                var gotNorm = Math.Sqrt(got.Sum(value => (double)value * value));
                Assert.True(Math.Abs(gotNorm - norm) <= 1e-6 + 1e-3 * norm, $"{key}: gradient norm {gotNorm} for {norm}");
                var head = Read(golden, $"grad.{key}.head");
                for (var i = 0; i < head.Length; i++)
                    Assert.True(Math.Abs(got[i] - head[i]) <= 1e-7 + 1e-3 * Math.Abs(head[i]) + 1e-4 * norm, $"{key}[{i}]: {got[i]} for {head[i]}");
            }
        }
    }

    private static (CausalLanguageModel Model, PackedBatch Batch, SafetensorsFile Golden) Open(string name)
    {
        var folder = TestPaths.Shared("golden", name);
        TorchRuntime.Start(new TorchOptions());
        var golden = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        var ids = golden.Tensors["input_ids"];
        var tokens = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(golden.Bytes(ids)).ToArray().Select(id => (int)id).ToArray();
        var (rows, length) = ((int)ids.Shape[0], (int)ids.Shape[1]);
        var positions = Enumerable.Range(0, tokens.Length).Select(i => i % length).ToArray();
        var documents = Enumerable.Range(0, tokens.Length).Select(i => i / length).ToArray();
        return (ModelWeights.Load(folder, CPU), new PackedBatch(tokens, positions, documents, length, CPU), golden);
    }

    private static float[] Read(SafetensorsFile file, string name)
    {
        var tensor = file.Tensors[name];
        var values = new float[tensor.Elements];
        tensor.DataType.ToSingle(file.Bytes(tensor), values);
        return values;
    }
}
