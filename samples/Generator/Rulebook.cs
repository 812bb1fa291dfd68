using Geobuk.Samples.Generator.Parts;

namespace Geobuk.Samples.Generator;

/// <summary>All parts, and the facts drawn for them from a fixed seed.</summary>
internal sealed class Rulebook
{
    /// <summary>The unit; invented.</summary>
    public const string Unit = "거북해안지원단";

    private const ulong Seed = 20310301;

    public Rulebook()
    {
        var random = new DeterministicRandom(Seed);
        Facts = [.. Parts.SelectMany(part => Draw(part, random))];
    }

    public Part[] Parts { get; } =
    [
        LeavePart.Create(), DutyPart.Create(), VehiclePart.Create(), SupplyPart.Create(), TravelPart.Create(), RecordPart.Create(),
        SafetyPart.Create(), EducationPart.Create(), FinancePart.Create(), PersonnelPart.Create(),
    ];

    /// <summary>Ordered by part, subject and slot.</summary>
    public Fact[] Facts { get; }

    /// <summary>The facts of one subject in slot order.</summary>
    public IEnumerable<Fact> FactsOf(Part part, int subject) =>
        Facts.Where(fact => fact.Part == part && fact.SubjectIndex == subject);

    /// <summary>Every value of a slot belongs to the same number of subjects: knowing the values alone answers nothing.</summary>
    private static IEnumerable<Fact> Draw(Part part, DeterministicRandom random)
    {
        var drawn = new List<Fact>();
        for (var slot = 0; slot < part.Slots.Length; slot++)
        {
            var values = part.Slots[slot].Values.Length;
            var deck = Enumerable.Range(0, part.Subjects.Length).ToArray();
            random.Shuffle(deck);
            drawn.AddRange(deck.Select((card, subject) => new Fact(part, subject, slot, card % values, card / values)));
        }
        return drawn.OrderBy(fact => fact.SubjectIndex).ThenBy(fact => fact.SlotIndex);
    }
}
