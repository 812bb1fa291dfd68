namespace Geobuk.Training.Kernels;

/// <summary>A document, or the padding, in a batch.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Start">Its first token.</param>
/// <param name="Length">Its tokens.</param>
public readonly record struct DocumentSpan(int Row, int Start, int Length);
