namespace Geobuk.Evaluation;

/// <summary>A model's score on one task of <c>geobuk eval</c>.</summary>
public sealed record TaskScore
{
    /// <summary>Questions, or scored tokens for perplexity.</summary>
    public required long N { get; init; }
    /// <summary>The reported score: a fraction, or the perplexity.</summary>
    public required double Score { get; init; }
    /// <summary>Lower 95 % bound: Wilson, or bootstrap over documents for perplexity.</summary>
    public required double Low { get; init; }
    /// <summary>Upper 95 % bound.</summary>
    public required double High { get; init; }
    /// <summary>Share right by the plain sum of log-likelihoods.</summary>
    public double? Acc { get; init; }
    /// <summary>Share right by the sum per character.</summary>
    public double? AccNorm { get; init; }
    /// <summary>Score of guessing.</summary>
    public double? Chance { get; init; }
    /// <summary>SHA-256 of prompts, choices and answers.</summary>
    public string? Digest { get; init; }
    /// <summary>Bits per UTF-8 byte, for perplexity.</summary>
    public double? BitsPerByte { get; init; }
    /// <summary>Documents, for perplexity.</summary>
    public int? Documents { get; init; }
}
