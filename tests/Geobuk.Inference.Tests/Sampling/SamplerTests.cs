using Geobuk.Inference.Sampling;
using Geobuk.Models;

namespace Geobuk.Inference.Tests.Sampling;

public class SamplerTests
{
    private static readonly float[] s_logits = [1f, 3f, 0f, 2f, -1f, 2.5f];

    [Fact]
    public void Choose_AtTemperatureZero_TakesTheFirstOfTheLikeliest() =>
        Assert.Equal(1, new Sampler(new SamplingParameters(), 4).Choose([0f, 2f, 2f, 1f], 0));

    [Fact]
    public void Choose_AtTemperature_DrawsWithTheSoftmaxProbabilities()
    {
        const float Temperature = 0.7f;
        var frequencies = Frequencies(new SamplingParameters { Temperature = Temperature, Seed = 11 }, 20_000);
        var weights = s_logits.Select(logit => Math.Exp(logit / Temperature)).ToArray();
        for (var i = 0; i < weights.Length; i++)
        {
            var p = weights[i] / weights.Sum();
            // Five standard deviations of a binomial share.
            Assert.Equal(p, frequencies[i], 5 * Math.Sqrt(p * (1 - p) / 20_000) + 1e-9);
        }
    }

    [Fact]
    public void Choose_WithTopK_DrawsOnlyTheKLikeliest()
    {
        var frequencies = Frequencies(new SamplingParameters { Temperature = 1, TopK = 3, Seed = 1 }, 5000);
        Assert.Equal([1, 3, 5], Drawn(frequencies));
        var mass = Math.Exp(3) + Math.Exp(2.5) + Math.Exp(2);
        Assert.Equal(Math.Exp(3) / mass, frequencies[1], 0.035);
    }

    [Fact]
    public void Choose_WithTopP_DrawsTheShortestHeadThatReachesIt()
    {
        // Probabilities: 0.45, 0.27, 0.17, ... in the order 1, 5, 3.
        Assert.Equal([1], Drawn(Frequencies(new SamplingParameters { Temperature = 1, TopP = 0.44f, Seed = 1 }, 2000)));
        Assert.Equal([1, 5], Drawn(Frequencies(new SamplingParameters { Temperature = 1, TopP = 0.5f, Seed = 1 }, 2000)));
        Assert.Equal([1, 3, 5], Drawn(Frequencies(new SamplingParameters { Temperature = 1, TopP = 0.8f, Seed = 1 }, 2000)));
    }

    [Fact]
    public void Choose_WithMinP_DrawsOnlyTokensNearTheLikeliest() =>
        // exp(-0.5) = 0.61 and exp(-1) = 0.37 of the likeliest stay, exp(-2) = 0.14 does not.
        Assert.Equal([1, 3, 5], Drawn(Frequencies(new SamplingParameters { Temperature = 1, MinP = 0.3f, Seed = 1 }, 3000)));

    [Fact]
    public void Choose_WithTopPOnAFlatVocabulary_LooksBeyondTheFirstThreshold()
    {
        // One likely token and 5000 a thousand times less likely, which hold most of the mass together.
        var logits = Enumerable.Repeat(0f, 5000).Append(7.5f).ToArray();
        var parameters = new SamplingParameters { Temperature = 1, TopP = 0.9f, Seed = 5 };
        var sampler = new Sampler(parameters, logits.Length);
        var drawn = Enumerable.Range(0, 200).Select(position => sampler.Choose(logits.ToArray(), position)).ToHashSet();
        Assert.InRange(drawn.Count, 100, 200);
        Assert.Contains(5000, drawn);
    }

    [Fact]
    public void Choose_WithTopKAndTopP_TakesTopPOfWhatTopKLeft()
    {
        // Of the two likeliest, the first holds 62 %: top-p 0.6 leaves it alone, though it holds 45 % of all.
        Assert.Equal([1], Drawn(Frequencies(new SamplingParameters { Temperature = 1, TopK = 2, TopP = 0.6f, Seed = 1 }, 2000)));
        Assert.Equal([1, 5], Drawn(Frequencies(new SamplingParameters { Temperature = 1, TopK = 2, TopP = 0.7f, Seed = 1 }, 2000)));
    }

    [Fact]
    public void Choose_WithRepetitionPenalty_LowersWhatWasSeen()
    {
        var sampler = new Sampler(new SamplingParameters { RepetitionPenalty = 1.6f }, s_logits.Length);
        sampler.Observe([1]);
        var logits = s_logits.ToArray();
        Assert.Equal(5, sampler.Choose(logits, 0));
        Assert.Equal(s_logits, logits);
        sampler.Penalize(logits);
        Assert.Equal(3 / 1.6f, logits[1]);
        // Token 5 has now been seen too, and 3 is left.
        Assert.Equal(3, sampler.Choose(s_logits.ToArray(), 1));
        float[] negative = [-1f, -5f, -3f, -4f, -4f, -4f];
        sampler.Penalize(negative);
        Assert.Equal(-8f, negative[1], 1e-5f);
    }

    [Fact]
    public void Choose_SameSeedAndPosition_IsTheSameWhateverCameBefore()
    {
        var parameters = new SamplingParameters { Temperature = 1, Seed = 99 };
        var first = new Sampler(parameters, s_logits.Length);
        for (var position = 0; position < 50; position++) first.Choose(s_logits.ToArray(), position);
        Assert.Equal(
            Enumerable.Range(0, 50).Select(position => new Sampler(parameters, s_logits.Length).Choose(s_logits.ToArray(), position)),
            Enumerable.Range(0, 50).Select(position => first.Choose(s_logits.ToArray(), position)));
    }

    /// <summary>3 and 2.5 are the largest; what was drawn loses half a unit for each time, or one for ever.</summary>
    [Fact]
    public void Choose_WithFrequencyPenalty_CountsWhatWasDrawn() =>
        Assert.Equal([1, 1, 5, 1, 5, 3], Greedy(new SamplingParameters { FrequencyPenalty = 0.4f }, 6));

    [Fact]
    public void Choose_WithPresencePenalty_AsksOnlyWhetherItWasDrawn() =>
        Assert.Equal([1, 5, 1, 1], Greedy(new SamplingParameters { PresencePenalty = 0.9f }, 4));

    [Fact]
    public void Choose_WithPenaltiesOfAnAnswer_LeavesThePromptAlone()
    {
        var sampler = new Sampler(new SamplingParameters { FrequencyPenalty = 2, PresencePenalty = 2 }, s_logits.Length);
        sampler.Observe([1, 1, 1]);
        Assert.Equal(1, sampler.Choose(s_logits, 0));
    }

    [Fact]
    public void Choose_WithBiases_AddsThemEachTime() =>
        Assert.Equal([4, 4], Greedy(new SamplingParameters { LogitBias = new Dictionary<int, float> { [4] = 10, [1] = -100, [99] = 100 } }, 2));

    private static int[] Greedy(SamplingParameters parameters, int count)
    {
        var sampler = new Sampler(parameters, s_logits.Length);
        return [.. Enumerable.Range(0, count).Select(position => sampler.Choose(s_logits, position))];
    }

    [Fact]
    public void Uniform_OverSeedsAndPositions_IsFlat()
    {
        var buckets = new int[10];
        for (var seed = 0; seed < 100; seed++)
        {
            for (var position = 0; position < 200; position++) buckets[(int)(10 * CounterRandom.Uniform(seed, position))]++;
        }
        // Chi-squared with nine degrees of freedom exceeds 33 once in ten thousand.
        Assert.InRange(buckets.Sum(count => Math.Pow(count - 2000, 2) / 2000), 0, 33);
    }

    [Fact]
    public void Validate_WithManyMistakes_ReportsAll()
    {
        var parameters = new SamplingParameters { MaxTokens = 0, Temperature = -1, TopP = 0, MinP = 2, TopK = -1, RepetitionPenalty = 0, FrequencyPenalty = 3, PresencePenalty = float.NaN, LogitBias = new Dictionary<int, float> { [-1] = 0 }, LogProbs = -1, Stop = [""] };
        var error = Assert.Throws<UserInputException>(parameters.Validate);
        Assert.Equal(11, error.Problems.Count);
        Assert.Contains("sampling: top_p is 0; expected a number above 0 and at most 1. Correct the value.", error.Problems);
    }

    [Fact]
    public void Validate_OfNaN_Fails() =>
        Assert.Throws<UserInputException>(new SamplingParameters { Temperature = float.NaN }.Validate);

    [Fact]
    public void Top_WithTies_OrdersById()
    {
        var top = LogProbabilities.Top([1f, 2f, 2f, 0f, 2f], LogProbabilities.LogSumExp([1f, 2f, 2f, 0f, 2f]), 2);
        Assert.Equal([1, 2], top.Select(entry => entry.Id));
        Assert.Equal(Math.Log(Math.Exp(2) / (3 * Math.Exp(2) + Math.Exp(1) + 1)), top[0].LogProb, 1e-6);
    }

    private static double[] Frequencies(SamplingParameters parameters, int draws)
    {
        var sampler = new Sampler(parameters, s_logits.Length);
        var counts = new double[s_logits.Length];
        for (var position = 0; position < draws; position++) counts[sampler.Choose(s_logits.ToArray(), position)]++;
        return [.. counts.Select(count => count / draws)];
    }

    private static int[] Drawn(double[] frequencies) => [.. Enumerable.Range(0, frequencies.Length).Where(i => frequencies[i] > 0)];
}
