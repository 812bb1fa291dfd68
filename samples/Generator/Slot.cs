namespace Geobuk.Samples.Generator;

/// <summary>
/// One attribute that every subject of a part has, with its wordings. In the wordings {n} is the subject, {v} the value,
/// and [은/는] the particle that fits what stands before it. The exam's wordings occur nowhere else.
/// </summary>
internal sealed record Slot
{
    /// <summary>Five values of one kind and nearly one length, so that neither gives the answer away.</summary>
    public required string[] Values { get; init; }

    /// <summary>Names of the attribute as a short question uses them.</summary>
    public required string[] Labels { get; init; }

    public required string[] Article { get; init; }

    public required string[] Guide { get; init; }

    public required string[] Notice { get; init; }

    public required string[] Questions { get; init; }

    public required string[] Exam { get; init; }
}
