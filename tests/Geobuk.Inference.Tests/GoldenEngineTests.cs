using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests;

public class GoldenEngineTests
{
    public static TheoryData<string, bool> Models()
    {
        var data = new TheoryData<string, bool>();
        foreach (var name in Golden.All)
        {
            data.Add(name, false);
            data.Add(name, true);
        }
        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Logits_OfGoldenModel_AreTheGoldenOnes(string name, bool gguf)
    {
        var golden = Golden.Load(name);
        using var model = Load(golden, gguf, new InferenceOptions { Threads = 2, PrefillChunk = 7 });
        using var engine = new Engine(model);
        for (var s = 0; s < golden.Sequences.Length; s++)
        {
            var visited = 0;
            engine.Logits(golden.Sequences[s], (position, logits) =>
            {
                Assert.Equal(visited++, position);
                Golden.AssertClose(golden.Logits[s][position], logits, $"{name} sequence {s} position {position}");
            });
            Assert.Equal(golden.Sequences[s].Length, visited);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void HiddenStates_OfGoldenModel_AreTheGoldenOnes(string name, bool gguf)
    {
        var golden = Golden.Load(name);
        using var model = Load(golden, gguf, new InferenceOptions { Threads = 2 });
        using var engine = new Engine(model);
        var layers = 0;
        engine.Trace = (layer, residual) =>
        {
            layers++;
            for (var t = 0; t < golden.Sequences[0].Length; t++)
                Golden.AssertClose(golden.Hidden[layer][0][t], residual.Slice(t * model.Config.HiddenSize, model.Config.HiddenSize), $"{name} layer {layer} position {t}");
        };
        using var cache = engine.CreateCache();
        engine.Prefill(cache, golden.Sequences[0]);
        Assert.Equal(golden.Hidden.Count, layers);
    }

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Prefill_TokenByToken_GivesTheGoldenLogits(string name, bool gguf)
    {
        var golden = Golden.Load(name);
        using var model = Load(golden, gguf, new InferenceOptions { Threads = 1 });
        using var engine = new Engine(model);
        using var cache = engine.CreateCache();
        for (var t = 0; t < golden.Sequences[0].Length; t++)
        {
            engine.Prefill(cache, golden.Sequences[0].AsSpan(t, 1), (position, logits) =>
                Golden.AssertClose(golden.Logits[0][t], logits, $"{name} position {position}"));
        }
        Assert.Equal(golden.Sequences[0], cache.Tokens);
    }

    private static InferenceModel Load(Golden golden, bool gguf, InferenceOptions options)
    {
        if (!gguf) return InferenceModel.Load(golden.Folder, options);
        var path = GgufCopy.Write(golden.Folder, GgmlType.F32);
        try
        {
            return InferenceModel.Load(path, options);
        }
        finally
        {
            // The mapping outlives the name.
            File.Delete(path);
        }
    }
}
