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
    public static TheoryData<string> Folders =>
        ["llama-gqa", "llama-mha-llama3rope", "qwen2-gqa", "qwen2-yarn", "axk1-plain", "axk1-yarn", "axk2-dense", "axk2-sparse"];

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void LogitsAndHiddenStates_OfGoldenModel_AreWithinTolerance(string name)
    {
        var (model, batch, golden) = Open(name);
        using (golden)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            var layers = 0;
            model.Decoder.Observer = (layer, hidden) => AssertClose(Read(golden, $"hidden.{layers++}"), Values(hidden), $"hidden {layer}");
            AssertClose(Read(golden, "logits"), Values(model.Logits(model.Hidden(batch))), "logits");
            Assert.Equal(model.Config.LayerCount + 1, layers);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Decoding_TokenByTokenWithCache_GivesTheGoldenLogits(string name)
    {
        var (model, batch, golden) = Open(name);
        using (golden)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            using var cache = new DecoderCache(model.Config.LayerCount);
            var steps = Enumerable.Range(0, (int)batch.InputIds.shape[1]).Select(t => model.Logits(model.Hidden(batch.InputIds.narrow(1, t, 1), cache))).ToArray();
            AssertClose(Read(golden, "logits"), Values(cat(steps, 1)), "logits");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void ExpertsAndKeys_OfGoldenModel_AreExact(string name)
    {
        var (model, batch, golden) = Open(name);
        using (golden)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            var compared = 0;
            foreach (var (path, mixture) in model.Mixtures())
                mixture.Observer = chosen => Compare($"experts.{path.Split('.')[2]}", chosen.flatten());
            foreach (var (path, module) in model.named_modules())
                if (module is LightningIndexer indexer) indexer.Observer = mask => Compare($"keys.{path.Split('.')[2]}", mask.flatten().to(int64));
            model.Hidden(batch);
            Assert.Equal(golden.Tensors.Keys.Count(key => key.StartsWith("experts.", StringComparison.Ordinal) || key.StartsWith("keys.", StringComparison.Ordinal)), compared);

            void Compare(string key, Tensor got)
            {
                compared++;
                var tensor = golden.Tensors[key];
                var bytes = golden.Bytes(tensor);
                var want = tensor.DataType == TensorDataType.U8
                    ? bytes.ToArray().Select(value => (long)value).ToArray()
                    : System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(bytes).ToArray();
                Assert.Equal(want, got.contiguous().cpu().data<long>().ToArray());
            }
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
                // The folders use either spelling of A.X K1's norm.
                var spelling = golden.Tensors.ContainsKey($"grad.{key}.norm") ? key : key.Replace("post_mlp_layernorm", "mlp.post_mlp_layernorm", StringComparison.Ordinal);
                // A fused query and gate learns in its two blocks only.
                var blocks = golden.Tensors.ContainsKey($"grad.{spelling}.norm_blocks");
                var norm = Read(golden, $"grad.{spelling}.norm{(blocks ? "_blocks" : "")}")[0];
                using var gradient = parameter.grad;
                var got = gradient is null ? new float[parameter.numel()] : Values(gradient);
                var gotNorm = Math.Sqrt(got.Sum(value => (double)value * value));
                Assert.True(Math.Abs(gotNorm - norm) <= 1e-6 + 1e-3 * norm, $"{key}: gradient norm {gotNorm} for {norm}");
                var head = Read(golden, $"grad.{spelling}.head");
                for (var i = 0; i < head.Length; i++)
                    Assert.True(Math.Abs(got[i] - head[i]) <= 1e-7 + 1e-3 * Math.Abs(head[i]) + 1e-4 * norm, $"{key}[{i}]: {got[i]} for {head[i]}");
            }
        }
    }

    private static void AssertClose(float[] want, float[] got, string place)
    {
        Assert.Equal(want.Length, got.Length);
        for (var i = 0; i < want.Length; i++)
            Assert.True(Math.Abs(got[i] - want[i]) <= 2e-4 + 2e-4 * Math.Abs(want[i]), $"{place}, value {i}: {got[i]} for {want[i]}");
    }

    private static float[] Values(Tensor tensor) => tensor.contiguous().cpu().data<float>().ToArray();

    private static (CausalLanguageModel Model, PackedBatch Batch, SafetensorsFile Golden) Open(string name)
    {
        var folder = TestPaths.Shared("golden", name);
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        var golden = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        var ids = golden.Tensors["input_ids"];
        var tokens = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(golden.Bytes(ids)).ToArray().Select(id => (int)id).ToArray();
        var (rows, length) = ((int)ids.Shape[0], (int)ids.Shape[1]);
        var positions = Enumerable.Range(0, tokens.Length).Select(i => i % length).ToArray();
        var documents = Enumerable.Range(0, tokens.Length).Select(i => i / length).ToArray();
        return (ModelWeights.Load(folder, device), new PackedBatch(tokens, positions, documents, length, device), golden);
    }

    private static float[] Read(SafetensorsFile file, string name)
    {
        var tensor = file.Tensors[name];
        var values = new float[tensor.Elements];
        tensor.DataType.ToSingle(file.Bytes(tensor), values);
        return values;
    }
}
