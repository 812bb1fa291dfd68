namespace Geobuk.Samples.Generator;

/// <summary>Writes a guide (길라잡이) for every subject: the rules in the words of someone who explains them.</summary>
internal sealed class GuideWriter(Rulebook rulebook)
{
    private static readonly string[] Openings =
    [
        "{n}[을/를] 처음 찾는 분을 위한 안내입니다.", "{n}에 관한 규정을 쉽게 풀었습니다.", "{n}에 대하여 꼭 알아 둘 것을 모았습니다.",
    ];

    public IEnumerable<(string Path, string Text)> Write()
    {
        foreach (var part in rulebook.Parts)
            for (var subject = 0; subject < part.Subjects.Length; subject++)
                yield return ($"안내/{part.Title.Replace(' ', '-')}-{part.Subjects[subject]}.md", WriteGuide(part, subject));
    }

    private string WriteGuide(Part part, int subject)
    {
        var name = part.Subjects[subject];
        var facts = rulebook.FactsOf(part, subject).ToArray();
        var order = subject % 2 == 0 ? facts : [facts[1], facts[2], facts[0]];
        var sentences = order.Select((fact, i) => fact.Say(fact.Slot.Guide, subject + i));
        var body = subject % 3 == 0 ? string.Concat(sentences.Select(sentence => $"- {sentence}\n")) : string.Join(' ', sentences) + "\n";
        return $"# {name} 길라잡이\n\n{Wording.Fill(Openings[subject % Openings.Length], name)}\n\n{body}\n{part.Notes[subject % part.Notes.Length]}\n";
    }
}
