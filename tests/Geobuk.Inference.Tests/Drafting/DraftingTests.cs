using CsCheck;
using Geobuk.Inference.Drafting;
using Geobuk.Inference.Sampling;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests.Drafting;

public sealed class DraftingTests
{
    private static readonly int[] s_text = [.. Enumerable.Range(0, 60).Select(i => i * 37 % 93)];

    [Fact]
    public void CorpusIndex_Guess_FindsTheLongestEndingOfAnyText() =>
        Gen.Select(Gen.Int[0, 3].Array[1, 300], Gen.Int[0, 3].Array[1, 40]).Sample((text, sequence) =>
        {
            var target = new int[8];
            var draft = new CorpusIndex(text).Guess(sequence, target);
            var (match, followers) = Naive(text, sequence, 32);
            Assert.Equal(match < 2 ? 0 : match, draft.Match);
            if (match >= 2) Assert.Contains(followers, follower => follower.Take(8).SequenceEqual(target[..draft.Length]) && draft.Length == Math.Min(8, follower.Length));
        }, iter: 300, threads: 1);

    [Fact]
    public void PromptLookup_Guess_RepeatsWhatFollowedBefore()
    {
        var lookup = new PromptLookup();
        var target = new int[4];
        Assert.Equal(0, lookup.Guess([1, 2, 3], target).Length);
        // 5 6 7 stood before 8 9; the place with 4 before it agrees longer than the later one.
        Assert.Equal(new Draft(4, 4), lookup.Guess([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 6, 7, 1, 4, 5, 6, 7], target));
        Assert.Equal([8, 9, 0, 6], target);
        Assert.Equal(0, lookup.Guess([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 6, 7, 1, 4, 5, 6, 7, 33], target).Length);
    }

    [Fact]
    public void DraftPolicy_Choose_FollowsCostAndAcceptance()
    {
        var (flat, steep) = (new StepTimes(), new StepTimes());
        for (var rows = 1; rows <= 32; rows++) (flat, steep) = (Timed(flat, rows, 1), Timed(steep, rows, rows));
        var experience = new DraftExperience();
        var policy = new DraftPolicy(experience);
        var draft = new Draft(16, 12);
        Assert.Equal(4, policy.Choose(draft, 1, 1, flat));
        Assert.Equal(0, policy.Choose(draft, 1, 1, steep));
        policy.Learn(draft with { Length = 4 }, 4);
        Assert.Equal(8, policy.Choose(draft, 1, 1, flat));
        for (var i = 0; i < 30; i++) policy.Learn(draft with { Length = 8 }, 0);
        Assert.InRange(policy.Choose(draft, 1, 1, flat), 0, 1);
        // Another source is not blamed.
        Assert.Equal(4, policy.Choose(draft with { Quoted = true }, 1, 1, flat));
        // A new sequence begins with what the others met, not with what the last one ended with.
        Assert.InRange(experience[draft.Kind], 0.4, 0.6);
        for (var i = 0; i < 30; i++) policy.Learn(draft with { Length = 8 }, 8);
        Assert.Equal(16, policy.Choose(draft, 1, 1, flat));

        static StepTimes Timed(StepTimes times, int rows, double seconds)
        {
            // The first does not count.
            times.Add(rows, 1000);
            times.Add(rows, seconds);
            return times;
        }
    }

    /// <summary>Text that never repeats, though its endings always stand elsewhere: all drafts are wrong, and little may be lost by them.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void DraftPolicy_WhereEveryGuessIsWrong_LosesLittle(double rowCost)
    {
        var (times, policy, spent) = (new StepTimes(), new DraftPolicy(new DraftExperience()), 0.0);
        for (var rows = 1; rows <= 32; rows++)
        {
            times.Add(rows, 1);
            times.Add(rows, 1 + rowCost * (rows - 1));
        }
        const int Tokens = 200;
        for (var token = 0; token < Tokens; token++)
        {
            var draft = new Draft(DraftPolicy.Longest, 12);
            draft = draft with { Length = policy.Choose(draft, 1, 1, times) };
            spent += 1 + rowCost * draft.Length;
            if (draft.Length > 0) policy.Learn(draft, 0);
        }
        Assert.InRange(spent / Tokens, 1, 1.05);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(1.2f)]
    public async Task Start_WithDrafts_GivesTheSameTokensWhateverIsGuessed(float temperature)
    {
        using var tiny = new TinyModel();
        var parameters = new SamplingParameters { MaxTokens = 60, Temperature = temperature, Seed = 5, RepetitionPenalty = temperature > 1 ? 1.1f : 1, LogProbs = 2 };
        using var model = tiny.Load(new InferenceOptions { Threads = 2, PrefillChunk = 40 });
        using var engine = new Engine(model);
        var plain = await Collect(engine.Start(s_text, parameters));
        // The very answer is in the corpus, with errors strewn in: long drafts, right and wrong.
        var corpus = new CorpusIndex([.. s_text, .. plain.Select((token, i) => i % 13 == 12 ? 4 : token.Id), .. s_text]);
        var accepted = 0;
        for (var round = 0; round < 3; round++)
        {
            var generations = Enumerable.Range(0, 3).Select(_ => engine.Start(s_text, parameters, new GenerationOptions { Lookup = true, Corpus = corpus, AlwaysDraft = round > 0 })).ToArray();
            foreach (var generation in generations)
            {
                var drafted = await Collect(generation);
                Assert.Equal(plain.Select(token => (token.Id, token.LogProb, token.Text, token.Finish)), drafted.Select(token => (token.Id, token.LogProb, token.Text, token.Finish)));
                Assert.InRange(generation.Accepted, 0, generation.Drafted);
                accepted += generation.Accepted;
            }
        }
        Assert.True(accepted > 0);
    }

    [Fact]
    public void Start_WithDraftsOfALatentCache_GivesTheSameTokens()
    {
        using var tiny = new TinyModel(TinyCheckpoint.Shapes["axk2"]);
        using var model = tiny.Load();
        using var engine = new Engine(model);
        var parameters = new SamplingParameters { MaxTokens = 30 };
        var plain = engine.Generate(s_text, parameters).Select(token => token.Id).ToArray();
        using var generation = engine.Start(s_text, parameters, new GenerationOptions { Corpus = new CorpusIndex([.. s_text, .. plain]), AlwaysDraft = true });
        Assert.Equal(plain, generation.Read().Select(token => token.Id));
        Assert.True(generation.Accepted > 0);
    }

    [Fact]
    public void Load_OfNoText_SaysSo()
    {
        using var tiny = new TinyModel();
        var error = Assert.Throws<UserInputException>(() => CorpusIndex.Load(Path.Combine(tiny.Folder, "none.txt"), null!));
        Assert.Contains("none.txt: no such file", error.Message);
    }

    private static (int Match, List<int[]> Followers) Naive(int[] text, int[] sequence, int most)
    {
        var best = 0;
        var followers = new List<int[]>();
        for (var end = 1; end <= text.Length; end++)
        {
            var match = 0;
            while (match < most && match < end && match < sequence.Length && text[end - 1 - match] == sequence[^(1 + match)]) match++;
            if (match > best) (best, followers) = (match, []);
            if (match == best) followers.Add(text[end..]);
        }
        return (best, followers);
    }

    private static async Task<List<GeneratedToken>> Collect(Generation generation)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (var token in generation.ReadAsync()) tokens.Add(token);
        generation.Dispose();
        return tokens;
    }
}
