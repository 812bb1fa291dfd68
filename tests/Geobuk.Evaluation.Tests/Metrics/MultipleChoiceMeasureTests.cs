using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Tasks;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Tests.Metrics;

public class MultipleChoiceMeasureTests
{
    [Theory]
    [InlineData("질문: 휴가는 며칠 전까지 신청하는가?\n답:")]
    [InlineData("질문: 기록(記錄)은? 답변: ")]
    public void Run_SharedPrompt_ScoresAsEachChoiceByItself(string prompt)
    {
        using var small = new SmallModel();
        // Choices that begin alike test the limit of what is shared.
        MultipleChoiceItem[] items = [new("q", prompt, ["3일 전", "3일 뒤", "３일", "행정과에 신청서를 낸다"], 0)];
        var outcome = Assert.Single(Ask(small, items).Outcomes);
        for (var i = 0; i < 4; i++)
        {
            var ids = small.Tokenizer.Encode(prompt + items[0].Continuation(i));
            var first = small.Tokenizer.Encode(prompt.TrimEnd()).Length;
            var logs = small.ReferenceLogProbabilities(ids);
            var expected = Enumerable.Range(first, ids.Length - first).Sum(t => logs[t - 1][ids[t]]);
            Assert.Equal(expected, outcome.LogLikelihoods[i], 2);
        }
        Assert.Equal([4, 4, 2, 12], outcome.Characters);
    }

    [Fact]
    public void Run_PromptLongerThanTheContext_LosesItsBeginning()
    {
        using var small = new SmallModel(maxPositions: 40);
        var prompt = SmallModel.Sample + SmallModel.Sample + "\n답:";
        MultipleChoiceItem[] items = [new("q", prompt, ["3일", "당직"], 0)];
        var outcome = Assert.Single(Ask(small, items).Outcomes);
        var ids = small.Tokenizer.Encode(prompt + " 3일");
        var scored = ids.Length - small.Tokenizer.Encode(prompt).Length;
        var kept = ids[^40..];
        var logs = small.ReferenceLogProbabilities(kept);
        Assert.Equal(Enumerable.Range(40 - scored, scored).Sum(t => logs[t - 1][kept[t]]), outcome.LogLikelihoods[0], 2);
    }

    [Fact]
    public void Run_ChoiceLongerThanTheContext_NamesTheQuestion()
    {
        using var small = new SmallModel(maxPositions: 16);
        MultipleChoiceItem[] items = [new("q-7", "답:", [SmallModel.Sample, "짧다"], 1)];
        Assert.StartsWith("q-7: choice 1 has", Assert.Throws<UserInputException>(() => Ask(small, items)).Message);
    }

    [Fact]
    public void Chosen_RulesDisagree_EachFollowsItsOwn()
    {
        var outcome = new ChoiceOutcome("q", 1, [-4, -6, -5], [2, 12, 5]);
        Assert.Equal(0, outcome.Chosen(ScoringRule.Sum));
        Assert.Equal(1, outcome.Chosen(ScoringRule.PerCharacter));
        Assert.True(outcome.IsRight(ScoringRule.PerCharacter));
        Assert.False(outcome.IsRight(ScoringRule.Sum));
    }

    [Fact]
    public void Run_ManyItems_KeepsTheirOrder()
    {
        using var small = new SmallModel();
        var items = Enumerable.Range(0, 25).Select(i => new MultipleChoiceItem($"q{i}", $"질문 {i}\n답:", ["예", "아니오"], i % 2)).ToList();
        var result = Ask(small, items);
        Assert.Equal(items.Select(i => i.Id), result.Outcomes.Select(o => o.Id));
        Assert.Equal(items.Select(i => i.Answer), result.Outcomes.Select(o => o.Answer));
        Assert.Equal(TaskDefinition.Digest(items), result.Digest);
    }

    private static MultipleChoiceResult Ask(SmallModel small, IReadOnlyList<MultipleChoiceItem> items)
    {
        using var model = InferenceModel.Load(small.Folder);
        using var lanes = new EngineLanes(model, 2);
        return MultipleChoiceMeasure.Run(lanes, items, "test", new Progress<StepReport>(), CancellationToken.None);
    }
}
