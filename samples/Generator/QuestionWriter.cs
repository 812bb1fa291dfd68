using System.Text;

namespace Geobuk.Samples.Generator;

/// <summary>
/// Writes questions and answers (질의응답): a page for each 절, and a board with one post for each question,
/// every fact in different wordings on the page and on the board.
/// </summary>
internal sealed class QuestionWriter(Rulebook rulebook)
{
    private const int PostsPerFact = 2;

    public IEnumerable<(string Path, string Text)> Write() => rulebook.Parts.SelectMany(part => Pages(part).Append(Board(part)));

    private IEnumerable<(string Path, string Text)> Pages(Part part)
    {
        var half = part.Subjects.Length / part.Sections.Length;
        for (var section = 0; section < part.Sections.Length; section++)
        {
            var text = new StringBuilder($"# 자주 묻는 질문: {part.Sections[section]}\n");
            for (var subject = section * half; subject < (section + 1) * half; subject++)
                foreach (var fact in rulebook.FactsOf(part, subject)) text.Append($"\n{Pair(fact, 0)}\n");
            yield return ($"질의응답/{part.Title.Replace(' ', '-')}-{section + 1}.md", text.ToString());
        }
    }

    private (string Path, string Text) Board(Part part)
    {
        var posts = rulebook.Facts.Where(fact => fact.Part == part)
            .SelectMany(fact => Enumerable.Range(1, PostsPerFact).Select(wording => Pair(fact, wording)))
            .Select(text => JsonLine.Write(new { text }));
        return ($"질의응답/{part.Title.Replace(' ', '-')}-게시판.jsonl", string.Concat(posts));
    }

    private static string Pair(Fact fact, int wording) =>
        $"질문: {fact.Say(fact.Slot.Questions, fact.SubjectIndex + wording)}\n답: {fact.Value}";
}
