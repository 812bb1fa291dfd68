namespace Geobuk.Corpus.Screening;

/// <summary>What is done about what is found. Security markings always quarantine.</summary>
public sealed record ScreeningPolicy
{
    /// <summary>Personal data is masked; a document that lists it in bulk is quarantined.</summary>
    public static ScreeningPolicy Default { get; } = new();

    /// <summary>Kinds of personal data that quarantine a document instead of being masked.</summary>
    public IReadOnlySet<string> Quarantined { get; init; } = new HashSet<string>();
    /// <summary>Resident and foreigner numbers from which a document is a register of people, and is quarantined.</summary>
    public int RegisterOfPeople { get; init; } = 50;
}
