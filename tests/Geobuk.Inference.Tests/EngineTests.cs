using Geobuk.Inference.Reference;
using Geobuk.Inference.Sampling;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests;

public class EngineTests
{
    private static readonly int[] s_prompt = [.. Enumerable.Range(0, 45).Select(i => i * 37 % 93)];

    public static TheoryData<string> Shapes => [.. Families, "biases", "tied"];

    public static TheoryData<string> Families => [.. TinyCheckpoint.Shapes.Keys];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Logits_OfRandomModel_AgreeWithReference(string shape)
    {
        var config = shape switch
        {
            "biases" => TinyModel.Shape with { QueryKeyValueBias = true, AttentionOutputBias = true, MlpBias = true },
            "tied" => TinyModel.Shape with { TieWordEmbeddings = true },
            _ => TinyCheckpoint.Shapes[shape],
        };
        // Llama writes attention_bias for all four projections and mlp_bias for three.
        using var tiny = new TinyModel(config);
        using var reference = ReferenceModel.Load(tiny.Folder);
        var want = reference.Logits(s_prompt);
        var got = AllLogits(tiny, new InferenceOptions { Threads = 2, PrefillChunk = 16 });
        AssertClose(want, got, 1e-4f);
    }

    [Theory]
    [InlineData(TensorDataType.F16)]
    [InlineData(TensorDataType.BF16)]
    public void Logits_OfHalfWidthWeights_AgreeWithReference(TensorDataType type)
    {
        using var tiny = new TinyModel(type: type);
        using var reference = ReferenceModel.Load(tiny.Folder);
        AssertClose(reference.Logits(s_prompt), AllLogits(tiny, new InferenceOptions { Threads = 1 }), 1e-4f);
    }


    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_WithAnyThreadsAndChunks_AreBitIdentical(string family)
    {
        using var tiny = new TinyModel(TinyCheckpoint.Shapes[family]);
        var want = AllLogits(tiny, new InferenceOptions { Threads = 1, PrefillChunk = 45 });
        foreach (var (threads, chunk) in new[] { (1, 45), (2, 45), (3, 1), (5, 7), (2, 16) })
        {
            var got = AllLogits(tiny, new InferenceOptions { Threads = threads, PrefillChunk = chunk });
            for (var t = 0; t < want.Length; t++) Assert.Equal(want[t], got[t]);
        }
    }

    [Fact]
    public void Logits_FromPosition_VisitsOnlyTheRest()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        var visited = new List<int>();
        engine.Logits(s_prompt, (position, _) => visited.Add(position), firstPosition: 40);
        Assert.Equal([40, 41, 42, 43, 44], visited);
    }

    [Fact]
    public void Truncate_ThenPrefill_GivesTheLogitsOfTheNewSequence()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        using var cache = engine.CreateCache();
        engine.Prefill(cache, s_prompt);
        cache.Truncate(33);
        Assert.Equal(33, cache.Length);
        float[]? got = null;
        engine.Prefill(cache, [5, 6], (position, logits) => got = position == 34 ? logits.ToArray() : null);
        float[]? want = null;
        engine.Logits([.. s_prompt[..33], 5, 6], (_, logits) => want = logits.ToArray(), 34);
        Assert.Equal(want, got);
    }

    [Fact]
    public void Truncate_BeyondLength_Throws()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        using var cache = engine.CreateCache();
        engine.Prefill(cache, [1, 2, 3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(4));
    }

    [Theory]
    [InlineData(93)]
    [InlineData(-1)]
    public void Prefill_WithUnknownToken_NamesItAndKeepsTheCache(int id)
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        using var cache = engine.CreateCache();
        var error = Assert.Throws<UserInputException>(() => engine.Prefill(cache, [1, 2, id]));
        Assert.Contains($"token id {id} at index 2; expected 0 to 92", error.Message);
        Assert.Equal(0, cache.Length);
    }

    [Fact]
    public void Prefill_BeyondContext_SaysBothLengths()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { ContextLength = 16 });
        using var engine = new Engine(model);
        var error = Assert.Throws<UserInputException>(() => engine.Logits(s_prompt, (_, _) => { }));
        Assert.Contains("a sequence of 45 tokens; expected at most the context of 16", error.Message);
    }

    [Fact]
    public void Generate_Greedy_FollowsTheReference()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        using var reference = ReferenceModel.Load(tiny.Folder);
        var got = engine.Generate(s_prompt, new SamplingParameters { MaxTokens = 12 }).ToList();
        var sequence = s_prompt.ToList();
        foreach (var token in got)
        {
            var logits = reference.Logits(sequence)[^1];
            Assert.Equal(Array.IndexOf(logits, logits.Max()), token.Id);
            Assert.Equal(logits.Max() - LogProbabilities.LogSumExp(logits), token.LogProb, 1e-3);
            sequence.Add(token.Id);
        }
        Assert.Equal(12, got.Count);
        Assert.All(got.SkipLast(1), token => Assert.Null(token.Finish));
        Assert.Equal(FinishReason.Length, got[^1].Finish);
    }

    [Fact]
    public void Generate_SameSeed_GivesTheSameTokensWhateverThreadsAndChunks()
    {
        using var tiny = new TinyModel();
        var parameters = new SamplingParameters { MaxTokens = 40, Temperature = 1.3f, TopP = 0.95f, Seed = 7 };
        var want = Generated(tiny, new InferenceOptions { Threads = 1, PrefillChunk = 64 }, parameters);
        Assert.Equal(want, Generated(tiny, new InferenceOptions { Threads = 3, PrefillChunk = 5 }, parameters));
        Assert.NotEqual(want, Generated(tiny, new InferenceOptions(), parameters with { Seed = 8 }));
    }

    [Fact]
    public void Generate_AtStopToken_EndsWithIt()
    {
        using var first = new TinyModel();
        var tokens = Generated(first, new InferenceOptions(), new SamplingParameters { MaxTokens = 6 });
        using var tiny = new TinyModel(TinyModel.Shape with { EosTokenIds = [tokens[3]] });
        using var model = tiny.Load();
        using var engine = new Engine(model);
        var stop = Array.IndexOf(tokens, tokens[3]);
        var got = engine.Generate(s_prompt, new SamplingParameters { MaxTokens = 6 }).ToList();
        Assert.Equal(tokens[..(stop + 1)], got.Select(token => token.Id));
        Assert.Equal(FinishReason.Stop, got[^1].Finish);
        var ignoring = engine.Generate(s_prompt, new SamplingParameters { MaxTokens = 6, IgnoreEos = true });
        Assert.Equal(tokens, ignoring.Select(token => token.Id));
    }

    [Fact]
    public void Generate_ToTheEndOfContext_FinishesWithLength()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { ContextLength = 48 });
        using var engine = new Engine(model);
        var got = engine.Generate(s_prompt, new SamplingParameters { MaxTokens = 100 }).ToList();
        // 45 in the prompt, three more in the cache, and one that need not be read.
        Assert.Equal(4, got.Count);
        Assert.Equal(FinishReason.Length, got[^1].Finish);
    }

    [Fact]
    public void Generate_WithCache_ContinuesTheConversation()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        using var cache = engine.CreateCache();
        var parameters = new SamplingParameters { MaxTokens = 5 };
        var first = engine.Generate(cache, s_prompt, parameters).Select(token => token.Id).ToArray();
        Assert.Equal([.. s_prompt, .. first[..^1]], cache.Tokens);
        var second = engine.Generate(cache, new[] { first[^1], 9 }, parameters).Select(token => token.Id).ToArray();
        var whole = engine.Generate((int[])[.. s_prompt, .. first, 9], parameters).Select(token => token.Id).ToArray();
        Assert.Equal(whole, second);
    }

    [Fact]
    public void Generate_WithEmptyPrompt_SaysSo()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        var error = Assert.Throws<UserInputException>(() => engine.Generate(Array.Empty<int>(), new SamplingParameters()).ToList());
        Assert.Contains("the prompt is empty", error.Message);
    }

    [Fact]
    public void Generate_WithLogProbs_ReportsTheLikeliest()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        var token = engine.Generate(s_prompt, new SamplingParameters { MaxTokens = 1, LogProbs = 3, RepetitionPenalty = 1.5f }).Single();
        float[] logits = [];
        engine.Logits(s_prompt, (_, values) => logits = values.ToArray(), s_prompt.Length - 1);
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).Take(3).ToArray();
        Assert.Equal(order, token.Top!.Select(entry => entry.Id));
        var sum = LogProbabilities.LogSumExp(logits);
        Assert.Equal(logits[token.Id] - sum, token.LogProb, 1e-5);
    }

    [Fact]
    public async Task GenerateAsync_OfManySequences_GivesEachWhatItGetsAlone()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { Threads = 2, PrefillChunk = 8 });
        using var engine = new Engine(model);
        var parameters = new SamplingParameters { MaxTokens = 20, Temperature = 1, Seed = 3 };
        var prompts = Enumerable.Range(1, 6).Select(n => s_prompt[..(n * 7)]).ToArray();
        var alone = prompts.Select(prompt => engine.Generate(prompt, parameters).Select(token => token.Id).ToArray()).ToArray();
        var together = await Task.WhenAll(prompts.Select(async prompt =>
        {
            var ids = new List<int>();
            await foreach (var token in engine.GenerateAsync(prompt, parameters)) ids.Add(token.Id);
            return ids.ToArray();
        }));
        for (var i = 0; i < prompts.Length; i++) Assert.Equal(alone[i], together[i]);
    }

    [Fact]
    public void Generate_Cancelled_Stops()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        using var engine = new Engine(model);
        using var source = new CancellationTokenSource();
        var count = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var _ in engine.Generate(s_prompt, new SamplingParameters { MaxTokens = 50 }, source.Token))
                if (++count == 3) source.Cancel();
        });
        Assert.Equal(3, count);
    }

    [Fact]
    public void Run_Benchmark_MeasuresWhatItSays()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load();
        var result = EngineBenchmark.Run(model, promptTokens: 32, generateTokens: 8, threads: 2, repeat: 2);
        Assert.Equal(2, result.Threads);
        Assert.InRange(result.PrefillTokensPerSecond, 1, 1e9);
        Assert.Equal(32 / result.PrefillTokensPerSecond * 1000, result.TimeToFirstTokenMilliseconds, 1e-6);
        Assert.StartsWith("F32 ", result.KernelPath);
        // Every matrix but the embedding: 93 x 36 of the head and both layers' seven.
        var weights = 4.0 * (93 * 36 + 2 * (2 * 60 * 36 + 2 * 20 * 36 + 3 * 70 * 36));
        Assert.Equal(weights * result.DecodeTokensPerSecond, result.BytesPerSecond, 1);
        Assert.Throws<UserInputException>(() => EngineBenchmark.Run(model, promptTokens: 120, generateTokens: 9));
    }

    private static int[] Generated(TinyModel tiny, InferenceOptions options, SamplingParameters parameters)
    {
        using var model = tiny.Load(options);
        using var engine = new Engine(model);
        return [.. engine.Generate(s_prompt, parameters).Select(token => token.Id)];
    }

    private static float[][] AllLogits(TinyModel tiny, InferenceOptions options)
    {
        using var model = tiny.Load(options);
        using var engine = new Engine(model);
        var all = new List<float[]>();
        engine.Logits(s_prompt, (_, logits) => all.Add(logits.ToArray()));
        return [.. all];
    }

    private static void AssertClose(float[][] want, float[][] got, float tolerance)
    {
        Assert.Equal(want.Length, got.Length);
        for (var t = 0; t < want.Length; t++)
        {
            for (var i = 0; i < want[t].Length; i++)
                Assert.True(MathF.Abs(want[t][i] - got[t][i]) <= tolerance, $"position {t}, logit {i}: want {want[t][i]}, got {got[t][i]}");
        }
    }
}
