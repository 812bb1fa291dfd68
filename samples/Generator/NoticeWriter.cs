namespace Geobuk.Samples.Generator;

/// <summary>Writes dated notices (공지), one document for each subject, one .jsonl file for each part.</summary>
internal sealed class NoticeWriter(Rulebook rulebook)
{
    public IEnumerable<(string Path, string Text)> Write() =>
        rulebook.Parts.Select((part, index) => ($"공지/{part.Title.Replace(' ', '-')}.jsonl", string.Concat(WriteNotices(part, index + 1))));

    private IEnumerable<string> WriteNotices(Part part, int month)
    {
        for (var subject = 0; subject < part.Subjects.Length; subject++)
        {
            var facts = rulebook.FactsOf(part, subject).ToArray();
            var order = subject % 2 == 0 ? [facts[2], facts[0], facts[1]] : facts;
            var sentences = order.Select((fact, i) => fact.Say(fact.Slot.Notice, subject + i));
            var text = $"[공지] {part.Subjects[subject]} 안내\n{string.Join('\n', sentences)}\n{part.Notes[(subject + 1) % part.Notes.Length]}";
            yield return JsonLine.Write(new { id = $"공지-{month:00}-{subject + 1:00}", date = $"2031-{month:00}-{2 * subject + 3:00}", text });
        }
    }
}
