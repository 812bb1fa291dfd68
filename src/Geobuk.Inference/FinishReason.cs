namespace Geobuk.Inference;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token or a stop string.</summary>
    Stop,
    /// <summary>MaxTokens, or the end of the context.</summary>
    Length,
}
