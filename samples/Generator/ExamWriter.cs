namespace Geobuk.Samples.Generator;

/// <summary>
/// Writes one four-choice question for each fact. Within a round of a slot every value is the answer once and a distractor
/// three times, and the answer's place goes round evenly, so that neither a taste for some value nor a place helps.
/// </summary>
internal sealed class ExamWriter(Rulebook rulebook, IReadOnlyDictionary<Fact, string> sources)
{
    private const int Choices = 4;
    private const ulong Seed = 777;

    public string Write()
    {
        var random = new DeterministicRandom(Seed);
        var places = Enumerable.Range(0, rulebook.Facts.Length).Select(i => i % Choices).ToArray();
        random.Shuffle(places);
        return string.Concat(rulebook.Facts.Select((fact, i) => WriteQuestion(fact, i, places[i], random)));
    }

    private string WriteQuestion(Fact fact, int index, int place, DeterministicRandom random)
    {
        var distractors = Distractors(fact);
        random.Shuffle(distractors);
        string[] choices = [.. distractors[..place], fact.Value, .. distractors[place..]];
        return JsonLine.Write(new
        {
            id = $"규정-{index + 1:000}",
            question = fact.Say(fact.Slot.Exam, fact.SubjectIndex),
            choices,
            answer = place,
            source = sources[fact],
            topic = fact.Part.Title,
        });
    }

    /// <summary>The other values of the slot but one; which one is left out depends only on slot and round.</summary>
    private static string[] Distractors(Fact fact)
    {
        var values = fact.Slot.Values;
        var others = values.Length - 1;
        return
        [
            .. Enumerable.Range(0, others)
                .Select(i => (fact.Round + fact.SlotIndex + i) % others + 1)
                .Take(Choices - 1)
                .Select(shift => values[(fact.ValueIndex + shift) % values.Length]),
        ];
    }
}
