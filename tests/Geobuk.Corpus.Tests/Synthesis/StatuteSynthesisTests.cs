using System.Text.Json;
using Geobuk.Corpus.Sources;
using Geobuk.Corpus.Synthesis;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Corpus.Tests.Synthesis;

public sealed class StatuteSynthesisTests : IDisposable
{
    private const string Law = """
        ---
        제목: 시험법
        법령구분: 법률
        ---

        # 시험법

        ##### 제1조 (정의)

        이 법에서 사용하는 용어의 뜻은 다음과 같다. <개정 2020.1.1>

          1\. "수습"(修習)이란 임용되기 전에 일정한 기간 업무를 배우며 근무하는 것을 말한다.
          2\. 삭제 <2019.1.1>

        ##### 제2조 (신청)

        **①** 수습을 마치려는 사람은 끝나는 날의 30일 이내에 보고서를 제출하여야 한다. <개정 2020.1.1>

        **②** 국방부장관은 보고서를 받은 날부터 10일 이내에 심사하고 20일 이내에 결과를 통지한다.

        ##### 제3조 (벌칙)

        이 법을 위반하여 보고서를 거짓으로 쓴 사람은 300만원 이하의 과태료를 내야 한다. 그 밖에 필요한 사항은 대통령령으로 정한다.

        ##### 제4조 (준용)

        수습하는 사람의 복무에 관하여는 「군인사법」에 따른 규정을 준용하여야 한다.

        ## 부칙 <제1호,2020.1.1>

        이 법은 공포 후 6개월 이내에 대통령령으로 정하는 날부터 시행하여야 한다.
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-합성-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_EveryForm_GivesItsFactsAndPassesOverWhatIsNotCertain()
    {
        var facts = Articles(Law).SelectMany(FactFinder.Find).Select(fact => $"{fact.Kind} {fact.Path} {fact.Answer}").ToList();
        // Clause ② has two deadlines, so it asks for neither; supplementary provisions and deleted items say nothing.
        Assert.Equal(
        [
            "Definition 시험법/제1조/1 수습", "Deadline 시험법/제2조/① 30일", "ResponsibleBody 시험법/제2조/② 국방부장관",
            "Amount 시험법/제3조 300만원", "Delegation 시험법/제3조 대통령령", "Citation 시험법/제4조 군인사법",
        ], facts);
    }

    [Fact]
    public void Statement_PutsTheAnswerBackWordForWord()
    {
        var text = File(Law);
        foreach (var fact in Articles(Law).SelectMany(FactFinder.Find).Where(fact => fact.Kind != FactKind.Definition))
            Assert.Contains(fact.Statement, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_HeldBackArticles_AreInNoTrainingText()
    {
        var made = StatuteSynthesis.Of(Articles(Many()), new SynthesisOptions(0.4, 50, 3));
        Assert.NotEmpty(made.Exam);
        Assert.NotEmpty(made.Texts);
        Assert.DoesNotContain(made.Texts, text => made.HeldBack.Contains(text.Source));
        Assert.All(made.Exam, question => Assert.Contains(string.Join('/', question.Source.Split('/')[..2]), made.HeldBack));
        var trained = made.Texts.Select(text => text.Text).ToList();
        Assert.All(made.Exam, question => Assert.DoesNotContain(trained, text => text.Contains(question.Question, StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_SentenceThatAHeldBackArticleSharesWithAnother_IsNotTrainedOnEither()
    {
        // Every article states the same deadline in the same words: once one is held back, none may teach it.
        var articles = string.Concat(Enumerable.Range(1, 30).Select(i => $"##### 제{i}조 (신청)\n\n신청하려는 사람은 끝나는 날의 30일 이내에 보고서를 제출하여야 한다.\n\n"));
        var made = StatuteSynthesis.Of(Articles($"# 같은법\n\n{articles}"), new SynthesisOptions(0.3));
        Assert.InRange(made.HeldBack.Count, 1, 29);
        Assert.Empty(made.Texts);
    }

    [Fact]
    public void Of_Questions_HaveFourDifferentChoicesAndOneRightPlaceAnywhere()
    {
        var made = StatuteSynthesis.Of(Articles(Many()), new SynthesisOptions(0.5, 300, 3));
        Assert.All(made.Exam, question =>
        {
            Assert.Equal(4, question.Choices.Distinct().Count());
            Assert.DoesNotContain(question.Choices[question.Answer], question.Question[question.Question.IndexOf('\'', StringComparison.Ordinal)..], StringComparison.Ordinal);
        });
        Assert.Equal([0, 1, 2, 3], made.Exam.Select(question => question.Answer).Distinct().Order());
    }

    [Fact]
    public void Of_TheSameStatutesInAnotherOrder_GivesTheSameTexts()
    {
        var articles = Articles(Many());
        var (a, b) = (StatuteSynthesis.Of(articles, new SynthesisOptions()), StatuteSynthesis.Of(articles.AsEnumerable().Reverse(), new SynthesisOptions()));
        Assert.Equal(a.Texts, b.Texts);
        Assert.Equal(a.Exam.Select(question => question.Question), b.Exam.Select(question => question.Question));
        Assert.NotEqual(a.HeldBack.Order(), StatuteSynthesis.Of(articles, new SynthesisOptions(Seed: 18)).HeldBack.Order());
    }

    [Fact]
    public void Write_Files_AreADocumentSourceAndAnExamOfTheKnownForm()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder, "법.md"), Many());
        var output = Path.Combine(_folder, "out");
        var made = SynthesisFiles.Write([_folder], new SynthesisOptions(0.4, 50, 3), output, default);
        Assert.Equal(made.Texts.Select(text => text.Text), DocumentReaders.Read(Path.Combine(output, SynthesisFiles.TextsName)).Select(document => document.Text));
        var line = JsonDocument.Parse(System.IO.File.ReadLines(Path.Combine(output, SynthesisFiles.ExamName)).First()).RootElement;
        Assert.Equal(["id", "question", "choices", "answer", "source", "topic"], line.EnumerateObject().Select(property => property.Name));
        Assert.Equal(made.HeldBack.Order(StringComparer.Ordinal), System.IO.File.ReadLines(Path.Combine(output, SynthesisFiles.HeldBackName)));
    }

    [Fact]
    public void Write_NothingButPlainText_IsRefused()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder, "글.txt"), "아무 조문도 없는 글이다.");
        Assert.Contains("0 articles and no fact", Assert.Throws<UserInputException>(() => SynthesisFiles.Write([_folder], new SynthesisOptions(), Path.Combine(_folder, "out"), default)).Message);
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    /// <summary>Sixty articles with different bodies and deadlines.</summary>
    private static string Many() => "# 많은법\n\n" + string.Concat(Enumerable.Range(1, 60).Select(i =>
        $"##### 제{i}조 (업무{i})\n\n{"국방방위병무보훈조달"[(i % 5 * 2)..(i % 5 * 2 + 2)]}{(i % 2 == 0 ? "청장" : "부장관")}은 제{i}호 업무를 맡은 사람에게 {i + 1}일 이내에 결과를 알려야 한다.\n\n"));

    private List<StatuteArticle> Articles(string markdown) => [.. DocumentReaders.Read(Write(markdown)).SelectMany(ArticleReader.Read)];

    private string Write(string markdown)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "읽기")).FullName, "시험.md");
        System.IO.File.WriteAllText(path, markdown);
        return path;
    }

    private string File(string markdown) => DocumentReaders.Read(Write(markdown)).Single().Text;
}
