namespace Geobuk.Training.Data;

/// <summary>A text as token ids, and which of them carry loss.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Learns">True for the tokens that the model is to write.</param>
public sealed record WeightedTokens(int[] Ids, bool[] Learns);
