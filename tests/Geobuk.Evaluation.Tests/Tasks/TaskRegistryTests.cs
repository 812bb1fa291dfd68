using Geobuk.Evaluation.Tasks;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Evaluation.Tests.Tasks;

public class TaskRegistryTests
{
    [SkippableTheory]
    [InlineData("kobest_boolq", 1404, "콜라독립 815(815 Cola)는", " 질문: 콜라독립 815는 코카콜라에서 만들었나요? 답변: ", 0)]
    [InlineData("kobest_copa", 1000, "새로 산 바지의 허리가 컸다.", "컸다.  그래서", 1)]
    [InlineData("kobest_sentineg", 397, "문장: 택배사 정말", " 긍부정:", 1)]
    [InlineData("kobest_wic", 1260, "문장1: 토양에 [양분]이", " 두 문장에서 양분가 같은 뜻으로 쓰였나?", 1)]
    public void Read_SharedKobest_GivesEveryTestItem(string name, int count, string begins, string ends, int answer)
    {
        var items = TaskRegistry.All.Single(t => t.Name == name).Read(TestPaths.Shared("data", "kobest"));
        Assert.Equal(count, items.Count);
        Assert.StartsWith(begins, items[0].Prompt);
        Assert.EndsWith(ends, items[0].Prompt);
        Assert.Equal(answer, items[0].Answer);
        Assert.Equal(count, items.Select(i => i.Id).Distinct().Count());
    }

    [SkippableFact]
    public void Read_SharedHellaSwag_UnquotesWholeCellsOnly()
    {
        var items = TaskRegistry.All.Single(t => t.Name == "kobest_hellaswag").Read(TestPaths.Shared("data", "kobest"));
        Assert.Equal(500, items.Count);
        Assert.All(items, item => Assert.Equal(4, item.Choices.Count));
        Assert.Contains(items.SelectMany(i => i.Choices), choice => choice.StartsWith("누군가 \"빙고\"를 외치고", StringComparison.Ordinal));
        Assert.DoesNotContain(items.SelectMany(i => i.Choices), choice => choice.Contains("\"\"", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Read_SharedKmmlu_UsesTheFullWidthColonAndAnswersFromOne()
    {
        var items = TaskRegistry.All.Single(t => t.Name == "kmmlu").Read(TestPaths.Shared("data", "kmmlu-criminal-law"));
        Assert.Equal(200, items.Count);
        Assert.StartsWith("범죄 측정에 대한 설명으로 옳은 것은?\nA. 참여 관찰 연구는", items[0].Prompt);
        Assert.EndsWith("\n정답：", items[0].Prompt);
        Assert.Equal(0, items[0].Answer);
        Assert.Equal(3, items[1].Answer);
        Assert.Equal("Criminal Law", items[0].Topic);
    }

    [SkippableTheory]
    [InlineData("kmmlu", "kmmlu-criminal-law")]
    [InlineData("kobest_boolq", "kobest")]
    [InlineData("kobest_copa", "kobest")]
    [InlineData("kobest_hellaswag", "kobest")]
    public void Parts_OfEveryItem_HoldAllThatTheModelIsShown(string name, string folder)
    {
        foreach (var item in TaskRegistry.All.Single(t => t.Name == name).Read(TestPaths.Shared("data", folder)))
        {
            var shown = item.Prompt + string.Concat(Enumerable.Range(0, item.Choices.Count).Select(item.Continuation));
            foreach (var part in item.Parts) shown = shown.Replace(part.Trim(), "", StringComparison.Ordinal);
            // What is left is the task's own wording.
            Assert.InRange(shown.Count(char.IsLetterOrDigit), 0, 12);
        }
    }

    [Fact]
    public void Parse_UnknownNameOrMissingPath_SaysWhatIsKnown()
    {
        Assert.Contains("kobset is not a task; expected one of perplexity, exam, kobest_boolq", Assert.Throws<UserInputException>(() => TaskRegistry.Parse("kobset=x")).Message);
        Assert.Contains("expected kmmlu=PATH", Assert.Throws<UserInputException>(() => TaskRegistry.Parse("kmmlu")).Message);
    }

    [Fact]
    public void Parse_BareJsonLines_IsAnExam()
    {
        var (task, path) = TaskRegistry.Parse("samples/exam.jsonl");
        Assert.Same(TaskRegistry.Exam, task);
        Assert.Equal("samples/exam.jsonl", path);
    }

    [Fact]
    public void Digest_OneChangedLetter_Changes()
    {
        MultipleChoiceItem[] items = [new("1", "p", ["a", "b"], 0)];
        MultipleChoiceItem[] changed = [new("1", "p", ["a", "c"], 0)];
        Assert.Equal(TaskDefinition.Digest(items), TaskDefinition.Digest(items));
        Assert.NotEqual(TaskDefinition.Digest(items), TaskDefinition.Digest(changed));
    }
}
