using System.Diagnostics;
using CsCheck;
using Geobuk.Inference.Kernels;
using Geobuk.Inference.Sampling;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests.Batching;

public sealed class BatchSchedulerTests
{
    private static readonly int[] s_text = [.. Enumerable.Range(0, 100).Select(i => i * 37 % 93)];
    private static readonly SamplingParameters s_sampled = new() { MaxTokens = 20, Temperature = 1, Seed = 3 };

    public static TheoryData<string> Families => [.. TinyCheckpoint.Shapes.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Start_ManyAtOnce_GivesEachTheBytesItGetsAlone(string family)
    {
        using var tiny = new TinyModel(TinyCheckpoint.Shapes[family]);
        // Shared beginnings, cut inside and at the ends of blocks, and equal prompts.
        int[][] prompts = [s_text[..70], s_text[..64], s_text[..32], s_text[..45], s_text[..70], [.. s_text[..50], 7, 8, 9], s_text[3..40], s_text[..1]];
        var alone = prompts.Select(prompt => Alone(tiny, prompt, s_sampled)).ToArray();
        foreach (var options in new InferenceOptions[] { new() { Threads = 2, PrefillChunk = 128 }, new() { Threads = 1, PrefillChunk = 7, Parallel = 3 }, new() { Threads = 3, PrefillChunk = 3 } })
        {
            using var model = tiny.Load(options);
            using var engine = new Engine(model);
            var together = await Task.WhenAll(prompts.Select(prompt => Collect(engine.Start(prompt, s_sampled))));
            for (var i = 0; i < prompts.Length; i++) Assert.Equal(alone[i], together[i]);
        }
    }

    [Fact]
    public void Start_AnyMix_GivesEachTheBytesItGetsAlone()
    {
        using var tiny = new TinyModel();
        var known = new System.Collections.Concurrent.ConcurrentDictionary<(int, int), int[]>();
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 70], Gen.Int[3, 9], Gen.Select(Gen.Int[0, 2], Gen.Int[1, 90]).Array[1, 6]).Sample((parallel, chunk, blocks, requests) =>
        {
            using var model = tiny.Load(new InferenceOptions { Threads = 2, PrefillChunk = chunk, Parallel = parallel, CacheBytes = blocks * Layout(tiny).BlockBytes });
            using var engine = new Engine(model);
            var most = engine.LongestSequence;
            var together = Task.WhenAll(requests.Select(request =>
            {
                var prompt = Prompt(request.Item1, Math.Min(request.Item2, most - 1));
                return Collect(engine.Start(prompt, s_sampled with { MaxTokens = Math.Min(12, most - prompt.Length) }));
            })).Result;
            for (var i = 0; i < requests.Length; i++)
            {
                var length = Math.Min(requests[i].Item2, most - 1);
                var want = known.GetOrAdd((requests[i].Item1, length), key => Alone(tiny, Prompt(key.Item1, key.Item2), s_sampled with { MaxTokens = 12 }));
                Assert.Equal(want[..Math.Min(12, most - length)], together[i]);
            }
            Assert.Equal((0, 0, 0), (engine.Load().Running, engine.Load().Waiting, engine.Load().UsedBlocks));
        }, iter: 25, threads: 1);

        static int[] Prompt(int kind, int length) => [.. s_text[(kind * 5)..].Concat(s_text).Take(length)];
    }

    [Fact]
    public async Task Counts_OfSequencesAtOnce_AreThoseOfEveryPass()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { Threads = 1 });
        using var engine = new Engine(model);
        var parameters = s_sampled with { MaxTokens = 6, IgnoreEos = true };
        await Collect(engine.Start(s_text.AsSpan(0, 10), parameters));
        // The last token is chosen and never read.
        Assert.Equal((6, 6, 15), (engine.Counts.Steps, engine.Counts.Sequences, engine.Counts.LongestSequence));

        await Task.WhenAll(Collect(engine.Start(s_text.AsSpan(0, 20), parameters)), Collect(engine.Start(s_text.AsSpan(40, 10), parameters)));

        Assert.Equal((18, 25), (engine.Counts.Sequences, engine.Counts.LongestSequence));
        Assert.InRange(engine.Counts.Steps, 12, 18);
    }

    [Fact]
    public async Task Start_WithTooFewBlocks_PreemptsAndStillGivesTheSame()
    {
        using var tiny = new TinyModel();
        var prompts = Enumerable.Range(0, 4).Select(i => s_text[(i * 9)..(i * 9 + 30)]).ToArray();
        var parameters = s_sampled with { MaxTokens = 60 };
        var alone = prompts.Select(prompt => Alone(tiny, prompt, parameters)).ToArray();
        // Each needs three blocks in the end; there are five.
        using var model = tiny.Load(new InferenceOptions { Threads = 1, CacheBytes = 5 * Layout(tiny).BlockBytes });
        using var engine = new Engine(model);
        var generations = prompts.Select(prompt => engine.Start(prompt, parameters)).ToArray();
        var together = await Task.WhenAll(generations.Select(Collect));
        for (var i = 0; i < prompts.Length; i++) Assert.Equal(alone[i], together[i]);
        Assert.True(generations.Sum(generation => generation.Preemptions) > 0);
    }

    [Fact]
    public void Start_LongerThanTheCacheMemory_IsRefusedOrEndsWithLength()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { Threads = 1, CacheBytes = 2 * Layout(tiny).BlockBytes });
        using var engine = new Engine(model);
        Assert.Equal(32, engine.LongestSequence);
        Assert.Throws<UserInputException>(() => engine.Start(s_text.AsSpan(0, 33), s_sampled));
        var tokens = engine.Generate(s_text.AsMemory(0, 30), s_sampled).ToList();
        Assert.Equal(FinishReason.Length, tokens[^1].Finish);
        Assert.Equal(3, tokens.Count);
    }

    [Fact]
    public async Task Dispose_OfARunningGeneration_FreesItsBlocksAtOnce()
    {
        using var tiny = new TinyModel(TinyModel.Shape with { MaxPositions = 4096 });
        using var model = tiny.Load(new InferenceOptions { Threads = 1 });
        using var engine = new Engine(model);
        var generation = engine.Start(s_text, new SamplingParameters { MaxTokens = 3000, IgnoreEos = true });
        await foreach (var _ in generation.ReadAsync()) break;
        Assert.True(engine.Load().UsedBlocks > 0);
        generation.Dispose();
        Assert.Equal((0, 0), (engine.Load().Running, engine.Load().UsedBlocks));
    }

    [Fact]
    public async Task Read_AfterAllIsGenerated_TokensKeepTheTimesTheyWereChosenAt()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { Threads = 1 });
        using var engine = new Engine(model);
        var started = Stopwatch.GetTimestamp();
        using var generation = engine.Start(s_text.AsSpan(0, 20), new SamplingParameters { MaxTokens = 8, IgnoreEos = true });
        await generation.Ended;
        var late = Stopwatch.GetTimestamp();
        var times = generation.Read().Select(token => token.Timestamp).ToArray();
        Assert.Equal(8, times.Length);
        // A step lies between any two of them.
        Assert.Equal(times.Distinct().Order(), times);
        Assert.InRange(times[0], started, late);
        Assert.InRange(times[^1], started, late);
    }

    [Fact]
    public async Task Start_ShortPromptBehindALongOne_IsAnsweredFirst()
    {
        using var tiny = new TinyModel(TinyModel.Shape with { MaxPositions = 4096 });
        using var model = tiny.Load(new InferenceOptions { Threads = 1, PrefillChunk = 16 });
        using var engine = new Engine(model);
        var upload = engine.Start([.. Enumerable.Range(0, 4000).Select(i => i * 31 % 93)], new SamplingParameters { MaxTokens = 1 }, new GenerationOptions { User = "a" });
        var question = engine.Start(s_text.AsSpan(0, 20), new SamplingParameters { MaxTokens = 5 }, new GenerationOptions { User = "b" });
        await Collect(question);
        Assert.False(upload.Ended.IsCompleted);
        await Collect(upload);
    }

    [Fact]
    public async Task Start_OneUserFloods_TheOtherIsServedInBetween()
    {
        using var tiny = new TinyModel(TinyModel.Shape with { MaxPositions = 16384 });
        using var model = tiny.Load(new InferenceOptions { Threads = 1, Parallel = 1 });
        using var engine = new Engine(model);
        var parameters = new SamplingParameters { MaxTokens = 30, IgnoreEos = true };
        // Holds the only place until everybody has come.
        var first = engine.Start(s_text, parameters with { MaxTokens = 16000 }, new GenerationOptions { User = "flood" });
        await foreach (var _ in first.ReadAsync()) break;
        var flood = Enumerable.Range(0, 12).Select(i => engine.Start(s_text.AsSpan(i, 60), parameters, new GenerationOptions { User = "flood" })).ToArray();
        var other = engine.Start(s_text.AsSpan(0, 10), parameters, new GenerationOptions { User = "other" });
        Assert.Equal(1, other.QueuePosition);
        Assert.Equal(13, flood[^1].QueuePosition);
        first.Dispose();
        await other.Begun;
        // By the engine's time: this reader may be late.
        var served = await LastTime(other);
        var before = 0;
        foreach (var generation in flood)
            if (await LastTime(generation) < served) before++;
        Assert.True(before <= 3, $"{before} of the flood came before");
    }

    [Fact]
    public async Task Start_SameBeginning_IsReadFromTheCacheButNeverAcrossLabels()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { Threads = 1 });
        using var engine = new Engine(model);
        Assert.Equal(0, (await Finished(engine.Start(s_text, s_sampled))).CachedTokens);
        // Whole blocks; of the last that is whole as much as agrees.
        Assert.Equal(96, (await Finished(engine.Start(s_text, s_sampled))).CachedTokens);
        Assert.Equal(50, (await Finished(engine.Start([.. s_text[..50], 92, 91], s_sampled))).CachedTokens);
        Assert.Equal(0, (await Finished(engine.Start(s_text, s_sampled, new GenerationOptions { Labels = "대외비" }))).CachedTokens);
        Assert.Equal(96, (await Finished(engine.Start(s_text, s_sampled, new GenerationOptions { Labels = "대외비" }))).CachedTokens);
    }

    [Fact]
    public async Task Start_SameBeginningAtOnce_IsComputedOnce()
    {
        using var tiny = new TinyModel();
        using var model = tiny.Load(new InferenceOptions { Threads = 1, PrefillChunk = 32 });
        using var engine = new Engine(model);
        var generations = Enumerable.Range(0, 5).Select(i => engine.Start([.. s_text[..96], i, i + 1], new SamplingParameters { MaxTokens = 2 })).ToArray();
        foreach (var generation in generations) await Collect(generation);
        Assert.Equal([0, 96, 96, 96, 96], generations.Select(generation => generation.CachedTokens).Order());
    }

    [Fact]
    public void Dispose_OfTheEngine_EndsWhatRuns()
    {
        using var tiny = new TinyModel(TinyModel.Shape with { MaxPositions = 4096 });
        using var model = tiny.Load();
        var engine = new Engine(model);
        var generation = engine.Start(s_text, new SamplingParameters { MaxTokens = 3900, IgnoreEos = true });
        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => generation.Read().Count());
        Assert.Throws<ObjectDisposedException>(() => engine.Start(s_text, s_sampled));
    }

    private static KvLayout Layout(TinyModel tiny) => KvLayout.Of(tiny.Config, KeyValueType.F32);

    private static int[] Alone(TinyModel tiny, int[] prompt, SamplingParameters parameters)
    {
        using var model = tiny.Load(new InferenceOptions { Threads = 1 });
        using var engine = new Engine(model);
        return [.. engine.Generate(prompt, parameters).Select(token => token.Id)];
    }

    private static async Task<int[]> Collect(Generation generation)
    {
        var ids = new List<int>();
        await foreach (var token in generation.ReadAsync()) ids.Add(token.Id);
        generation.Dispose();
        return [.. ids];
    }

    private static async Task<long> LastTime(Generation generation)
    {
        var time = 0L;
        await foreach (var token in generation.ReadAsync()) time = token.Timestamp;
        generation.Dispose();
        return time;
    }

    private static async Task<Generation> Finished(Generation generation)
    {
        await Collect(generation);
        return generation;
    }
}
