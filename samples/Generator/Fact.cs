namespace Geobuk.Samples.Generator;

/// <summary>A subject has a value in a slot: the unit that the documents state and the exam asks.</summary>
/// <param name="Round">How many facts of the slot with the same value come before this one.</param>
internal sealed record Fact(Part Part, int SubjectIndex, int SlotIndex, int ValueIndex, int Round)
{
    public string Subject => Part.Subjects[SubjectIndex];

    public Slot Slot => Part.Slots[SlotIndex];

    public string Value => Slot.Values[ValueIndex];

    /// <summary>One of several wordings, filled in.</summary>
    public string Say(string[] wordings, int choice) => Wording.Fill(wordings[choice % wordings.Length], Subject, Value);

    /// <summary>One of the slot's labels.</summary>
    public string Label(int choice) => Slot.Labels[choice % Slot.Labels.Length];

    /// <summary>A wording with {l}, filled in with one of the slot's labels.</summary>
    public string SayLabel(string[] wordings, int choice, int label) =>
        Wording.Fill(wordings[choice % wordings.Length], Subject, Value, Label(label));
}
