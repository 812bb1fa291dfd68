namespace Geobuk.Evaluation.Metrics;

/// <summary>Loss of the tokens that one window scored.</summary>
/// <param name="Document">Index of the document.</param>
/// <param name="Tokens">Tokens scored.</param>
/// <param name="Nats">Sum of −log p.</param>
public sealed record WindowLoss(int Document, int Tokens, double Nats);
