using System.Text;

namespace Geobuk.Samples.Generator;

/// <summary>
/// Writes questions and answers (질의응답): a page for each 절, and a board with one post for each question,
/// every fact in different wordings on the page and on the board.
/// </summary>
internal sealed class QuestionWriter(Rulebook rulebook)
{
    private const int ShortPostsPerFact = 4;

    private static readonly string[] ShortQuestions =
    [
        "{n} {l}[을/를] 알려 주세요.",
        "{n}의 {l}[은/는] 어떻게 되나요?",
        "{l}[이/가] 궁금합니다. {n}[은/는] 어떻게 정해져 있나요?",
        "{n}에 대하여 묻습니다. {l}[은/는] 무엇인가요?",
        "{n} {l} 문의드립니다.",
        "규정을 찾고 있습니다. {n} {l}[이/가] 무엇인지요?",
    ];

    public IEnumerable<(string Path, string Text)> Write() => rulebook.Parts.SelectMany(part => Pages(part).Append(Board(part)));

    private IEnumerable<(string Path, string Text)> Pages(Part part)
    {
        var half = part.Subjects.Length / part.Sections.Length;
        for (var section = 0; section < part.Sections.Length; section++)
        {
            var text = new StringBuilder($"# 자주 묻는 질문: {part.Sections[section]}\n");
            for (var subject = section * half; subject < (section + 1) * half; subject++)
                foreach (var fact in rulebook.FactsOf(part, subject)) text.Append($"\n{Pair(Ask(fact, 0), fact)}\n");
            yield return ($"질의응답/{part.Title.Replace(' ', '-')}-{section + 1}.md", text.ToString());
        }
    }

    private (string Path, string Text) Board(Part part)
    {
        var posts = rulebook.Facts.Where(fact => fact.Part == part)
            .SelectMany(fact => Posts(fact).Select(question => JsonLine.Write(new { text = Pair(question, fact) })));
        return ($"질의응답/{part.Title.Replace(' ', '-')}-게시판.jsonl", string.Concat(posts));
    }

    private static IEnumerable<string> Posts(Fact fact)
    {
        for (var wording = 1; wording < fact.Slot.Questions.Length; wording++) yield return Ask(fact, wording);
        for (var wording = 0; wording < ShortPostsPerFact; wording++)
            yield return fact.SayLabel(ShortQuestions, fact.SubjectIndex + wording, fact.SubjectIndex / 2 + wording);
    }

    private static string Ask(Fact fact, int wording) => fact.Say(fact.Slot.Questions, fact.SubjectIndex + wording);

    private static string Pair(string question, Fact fact) => $"질문: {question}\n답: {fact.Value}";
}
