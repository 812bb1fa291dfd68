namespace Geobuk.Inference;

/// <summary>For whom a generation runs. Nothing here changes what is generated.</summary>
public sealed record GenerationOptions
{
    /// <summary>Whose request it is: those who got least go first when not all fit at once.</summary>
    public string User { get; init; } = "";

    /// <summary>Security labels of what the prompt holds. Only sequences of the very same labels share cached beginnings and drafts.</summary>
    public string Labels { get; init; } = "";
}
