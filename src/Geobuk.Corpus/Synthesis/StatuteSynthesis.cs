using Geobuk.Corpus.Packing;

namespace Geobuk.Corpus.Synthesis;

/// <summary>
/// Questions, answers and restatements out of the structure of statutes, without a language model. Articles are drawn for the exam by
/// the hash of their id, and no training text is made of a drawn article, nor of a sentence that one of them shares with another
/// article: what the exam asks can be learnt from the statute alone. The same statutes, options and seed give the same texts.
/// </summary>
public sealed class StatuteSynthesis
{
    private const int Choices = 4;
    private const uint DrawStream = 1, OrderStream = 2;

    private readonly SynthesisOptions _options;
    private readonly List<StatuteFact> _facts;

    private StatuteSynthesis(IEnumerable<StatuteArticle> articles, SynthesisOptions options)
    {
        _options = options;
        _facts = [.. articles.DistinctBy(article => article.Id).OrderBy(article => article.Id, StringComparer.Ordinal).SelectMany(FactFinder.Find).Where(fact => !fact.Statement.Contains("삭제", StringComparison.Ordinal))];
        HeldBack = _facts.Select(fact => fact.Article.Id).Where(IsDrawn).ToHashSet(StringComparer.Ordinal);
        var asked = _facts.Where(fact => HeldBack.Contains(fact.Article.Id)).Select(fact => fact.Statement).ToHashSet(StringComparer.Ordinal);
        Training = [.. _facts.Where(fact => !HeldBack.Contains(fact.Article.Id) && !asked.Contains(fact.Statement))];
        Texts = [.. Training.SelectMany(Write)];
        Exam = [.. Ask()];
    }

    /// <summary>Ids of the articles that the exam asks about.</summary>
    public IReadOnlySet<string> HeldBack { get; }
    /// <summary>The facts that training text was made of.</summary>
    public IReadOnlyList<StatuteFact> Training { get; }
    /// <summary>Training texts.</summary>
    public IReadOnlyList<SyntheticText> Texts { get; }
    /// <summary>The exam.</summary>
    public IReadOnlyList<SyntheticQuestion> Exam { get; }

    /// <summary>Makes texts and exam of statutes' articles.</summary>
    public static StatuteSynthesis Of(IEnumerable<StatuteArticle> articles, SynthesisOptions options) => new(articles, options);

    private bool IsDrawn(string article) => Random(article, DrawStream).Below(0, 1_000_000) < _options.ExamShare * 1_000_000;

    private static IEnumerable<SyntheticText> Write(StatuteFact fact, int index)
    {
        var questions = FactWording.Questions(fact);
        for (var i = 0; i < questions.Count; i++)
            yield return Text(i, $"질문: {FactWording.Fill(questions[i])}\n답: {FactWording.Reply(fact)}");
        yield return Text(questions.Count, FactWording.Restatement(fact));

        SyntheticText Text(int form, string text) => new($"{index:D6}-{form}", fact.Article.Id, fact.Kind, text);
    }

    /// <summary>One question for a held-back fact whose kind has three other answers of nearly its length.</summary>
    private IEnumerable<SyntheticQuestion> Ask()
    {
        var answers = _facts.GroupBy(fact => fact.Kind).ToDictionary(kind => kind.Key, kind => kind.Select(fact => fact.Answer).Distinct().Order(StringComparer.Ordinal).ToList());
        var held = _facts.Where(fact => HeldBack.Contains(fact.Article.Id)).DistinctBy(fact => fact.Statement)
            .OrderBy(fact => Random(fact.Path + fact.Answer, OrderStream).Below(0, int.MaxValue)).ThenBy(fact => fact.Path, StringComparer.Ordinal);
        var number = 0;
        foreach (var fact in held)
        {
            if (number == _options.MostQuestions) yield break;
            var random = Random(fact.Path + fact.Answer, OrderStream);
            var others = answers[fact.Kind].Where(other => other != fact.Answer && !fact.Context.Contains(other, StringComparison.Ordinal))
                .OrderBy(other => Math.Abs(other.Length - fact.Answer.Length)).Take(4 * Choices).ToList();
            if (others.Count < Choices - 1) continue;
            var choices = Enumerable.Range(0, Choices - 1).Select(i => Draw(others, random, i)).ToList();
            var place = random.Below(Choices, Choices);
            choices.Insert(place, fact.Answer);
            yield return new SyntheticQuestion($"법령-{++number:D4}", FactWording.Exam(fact), choices, place, fact.Path, fact.Kind.ToString());
        }
    }

    private static string Draw(List<string> others, CounterRandom random, int index)
    {
        var at = random.Below(index + 1, others.Count);
        var drawn = others[at];
        others.RemoveAt(at);
        return drawn;
    }

    private CounterRandom Random(string key, uint stream)
    {
        // FNV-1a: the same on every machine and in every version of .NET.
        var hash = 0xCBF29CE484222325UL;
        unchecked
        {
            foreach (var c in key) hash = (hash ^ c) * 0x100000001B3UL;
            return new CounterRandom(hash + (ulong)_options.Seed * 0x9E3779B97F4A7C15UL, 0, stream);
        }
    }
}
