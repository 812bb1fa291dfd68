namespace Geobuk.Training.Forgetting;

/// <summary>What a model lost on one held-out document.</summary>
/// <param name="Predictions">Tokens predicted.</param>
/// <param name="Nats">Sum of their losses.</param>
public readonly record struct DocumentLoss(double Predictions, double Nats)
{
    /// <summary>Mean loss per predicted token over documents.</summary>
    public static double Mean(IReadOnlyList<DocumentLoss> documents) => documents.Sum(document => document.Nats) / documents.Sum(document => document.Predictions);
}
