namespace Geobuk.Inference;

/// <summary>How the hidden states of a text's tokens become one.</summary>
public enum Pooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>That of the last token, which has seen all the others.</summary>
    Last,
}
