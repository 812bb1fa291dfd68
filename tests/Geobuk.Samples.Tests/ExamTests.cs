using System.Text.RegularExpressions;
using Geobuk.Samples.Generator;

namespace Geobuk.Samples.Tests;

public partial class ExamTests
{
    private const int WindowCharacters = 12;
    private static readonly string[] Subjects = [.. new Rulebook().Parts.SelectMany(part => part.Subjects)];

    [Fact]
    public void Exam_Questions_AreAtLeast300AndAllDifferent()
    {
        Assert.True(SampleText.Exam.Length >= 300);
        Assert.Equal(SampleText.Exam.Length, SampleText.Exam.Select(question => question.Question).Distinct().Count());
        Assert.Equal(SampleText.Exam.Length, SampleText.Exam.Select(question => question.Id).Distinct().Count());
    }

    [Fact]
    public void Exam_Choices_AreFourDifferentOnesOfNearlyOneLength()
    {
        foreach (var question in SampleText.Exam)
        {
            Assert.Equal(4, question.Choices.Distinct().Count());
            Assert.InRange(question.Answer, 0, 3);
            Assert.InRange(question.Choices.Max(choice => choice.Length) - question.Choices.Min(choice => choice.Length), 0, 1);
        }
    }

    [Fact]
    public void Exam_Source_NamesTheArticleThatStatesTheAnswer()
    {
        foreach (var question in SampleText.Exam)
        {
            var article = Regex.Match(question.Source, @"제\d+조").Value;
            var document = Assert.Single(SampleText.Documents, text => text.Contains($"##### {article} (", StringComparison.Ordinal));
            var body = document.Split($"##### {article} (")[1].Split("#####")[0];
            Assert.Contains(question.AnswerText, body);
            Assert.Contains(SubjectOf(question.Question), body);
        }
    }

    [Fact]
    public void Exam_NoQuestion_OccursInTheTrainingText()
    {
        foreach (var question in SampleText.Exam)
            Assert.DoesNotContain(SampleText.Documents, text => text.Contains(question.Question, StringComparison.Ordinal));
    }

    [Fact]
    public void Exam_BesideTheSubjectsName_SharesNoTwelveCharacterClauseWithTheTrainingText()
    {
        var windows = SampleText.Documents.SelectMany(WindowsOf).ToHashSet();
        foreach (var question in SampleText.Exam)
            foreach (var clause in question.Question.Split(SubjectOf(question.Question)))
                Assert.DoesNotContain(WindowsOf(clause), windows.Contains);
    }

    [Fact]
    public void Exam_AgainstTrainingQuestionsOnTheSameSubject_IsWordedOtherwise()
    {
        var asked = SampleText.Documents.SelectMany(text => TrainingQuestion().Matches(text)).Select(match => match.Groups[1].Value)
            .ToLookup(SubjectOf, question => question);
        foreach (var question in SampleText.Exam)
        {
            var subject = SubjectOf(question.Question);
            Assert.NotEmpty(asked[subject]);
            foreach (var other in asked[subject]) Assert.True(Similarity(question.Question, other) < 0.4, $"'{question.Question}' is close to '{other}'");
        }
    }

    [Fact]
    public void Exam_Values_AreAnswersAndDistractorsEquallyOften()
    {
        foreach (var slot in SampleText.Exam.GroupBy(question => (question.Topic, Kind: string.Join('|', SlotOf(question).Values))))
        {
            var answers = slot.CountBy(question => question.AnswerText).ToDictionary();
            var distractors = slot.SelectMany(question => question.Choices.Where(choice => choice != question.AnswerText)).CountBy(choice => choice).ToDictionary();
            foreach (var (value, count) in answers) Assert.Equal(3 * count, distractors[value]);
        }
    }

    [Fact]
    public void Exam_AnswerPlaces_AreEvenlySpread()
    {
        foreach (var (_, count) in SampleText.Exam.CountBy(question => question.Answer)) Assert.Equal(SampleText.Exam.Length / 4, count);
    }

    [Fact]
    public void Exam_GuessingWithoutKnowledge_StaysAtChance()
    {
        AssertChance(choices => Array.IndexOf(choices, choices.MinBy(choice => choice.Length)));
        AssertChance(choices => Array.IndexOf(choices, choices.MaxBy(choice => choice.Length)));
        AssertChance(choices => Array.IndexOf(choices, choices.Min(StringComparer.Ordinal)));
        AssertChance(choices => Array.IndexOf(choices, choices.MaxBy(Frequency)));
    }

    private static void AssertChance(Func<string[], int> guess) =>
        Assert.InRange(SampleText.Exam.Average(question => guess(question.Choices) == question.Answer ? 1.0 : 0.0), 0.19, 0.31);

    private static int Frequency(string choice) => SampleText.Documents.Count(text => text.Contains(choice, StringComparison.Ordinal));

    private static string SubjectOf(string question) => Subjects.Single(subject => question.Contains(subject, StringComparison.Ordinal));

    private static Slot SlotOf(ExamQuestion question)
    {
        var subject = SubjectOf(question.Question);
        var part = new Rulebook().Parts.Single(part => part.Subjects.Contains(subject));
        return part.Slots.Single(slot => question.Choices.All(slot.Values.Contains) && slot.Exam.Any(exam => Wording.Fill(exam, subject) == question.Question));
    }

    private static IEnumerable<string> WindowsOf(string text) =>
        Enumerable.Range(0, Math.Max(0, text.Length - WindowCharacters + 1)).Select(start => text.Substring(start, WindowCharacters));

    /// <summary>Jaccard index of the character pairs.</summary>
    private static double Similarity(string first, string second)
    {
        var (a, b) = (Pairs(first), Pairs(second));
        return (double)a.Intersect(b).Count() / a.Union(b).Count();
    }

    private static HashSet<string> Pairs(string text) => [.. Enumerable.Range(0, text.Length - 1).Select(start => text.Substring(start, 2))];

    [GeneratedRegex(@"^질문: (.+)$", RegexOptions.Multiline)]
    private static partial Regex TrainingQuestion();
}
