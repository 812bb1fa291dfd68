namespace Geobuk.Inference;

/// <summary>Receives the logits of one position.</summary>
/// <param name="position">Index in the sequence of the token that was read; the logits predict the token after it.</param>
/// <param name="logits">One value per vocabulary entry, valid during the call only.</param>
public delegate void LogitsVisitor(int position, ReadOnlySpan<float> logits);
