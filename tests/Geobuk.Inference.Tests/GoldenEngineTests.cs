namespace Geobuk.Inference.Tests;

public class GoldenEngineTests
{
    public static TheoryData<string> Folders => Golden.Names;

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Logits_OfGoldenFolder_AreTheGoldenOnes(string name)
    {
        var golden = Golden.Load(name);
        using var model = InferenceModel.Load(golden.Folder, new InferenceOptions { Threads = 2, PrefillChunk = 7 });
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
    [MemberData(nameof(Folders))]
    public void Prefill_TokenByToken_GivesTheGoldenLogits(string name)
    {
        var golden = Golden.Load(name);
        using var model = InferenceModel.Load(golden.Folder, new InferenceOptions { Threads = 1 });
        using var engine = new Engine(model);
        using var cache = engine.CreateCache();
        for (var t = 0; t < golden.Sequences[0].Length; t++)
        {
            engine.Prefill(cache, golden.Sequences[0].AsSpan(t, 1), (position, logits) =>
                Golden.AssertClose(golden.Logits[0][t], logits, $"{name} position {position}"));
        }
        Assert.Equal(golden.Sequences[0], cache.Tokens);
    }
}
