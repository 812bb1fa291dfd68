namespace Geobuk.Evaluation.Metrics;

/// <summary>How much text two models are compared on.</summary>
/// <param name="Tokens">Positions; the window that reaches it is finished.</param>
/// <param name="Protocol">The windows.</param>
public sealed record DivergenceLimits(long Tokens, PerplexityProtocol Protocol);
