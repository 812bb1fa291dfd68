using Geobuk.Inference.Constraints;
using Geobuk.Models;

namespace Geobuk.Inference.Sampling;

/// <summary>How tokens are chosen. Applied in the order biases, penalties, temperature, top-k, top-p, min-p.</summary>
public sealed record SamplingParameters
{
    /// <summary>Tokens at most; the context may end earlier.</summary>
    public int MaxTokens { get; init; } = 256;
    /// <summary>Divides the logits; 0 always takes the likeliest token.</summary>
    public float Temperature { get; init; }
    /// <summary>Keeps the k likeliest tokens; 0 keeps all.</summary>
    public int TopK { get; init; }
    /// <summary>Keeps the likeliest tokens that together reach this probability; 1 keeps all. Holtzman et al. 2019, arXiv:1904.09751.</summary>
    public float TopP { get; init; } = 1;
    /// <summary>Keeps tokens at least this fraction as likely as the likeliest; 0 keeps all. Nguyen et al. 2024, arXiv:2407.01082.</summary>
    public float MinP { get; init; }
    /// <summary>Divides positive and multiplies negative logits of tokens already in the sequence; 1 is neutral. Keskar et al. 2019, arXiv:1909.05858.</summary>
    public float RepetitionPenalty { get; init; } = 1;
    /// <summary>Taken from the logit of a token for every time that the answer has it already; 0 is neutral. OpenAI's API reference.</summary>
    public float FrequencyPenalty { get; init; }
    /// <summary>Taken from the logit of every token that the answer has already; 0 is neutral.</summary>
    public float PresencePenalty { get; init; }
    /// <summary>Added to the logits of these tokens; ids beyond the vocabulary do nothing.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();
    /// <summary>Seed of the draws; null takes a fresh one.</summary>
    public long? Seed { get; init; }
    /// <summary>Texts that end the generation; they are not part of the answer.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];
    /// <summary>Number of likeliest tokens reported with each token; null reports none.</summary>
    public int? LogProbs { get; init; }
    /// <summary>What the answer must look like; null allows everything. Applied before all else.</summary>
    public TokenConstraint? Constraint { get; init; }
    /// <summary>Goes on past the model's stop tokens, for measurements.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Checks every range and reports all mistakes at once.</summary>
    /// <exception cref="UserInputException">Names each parameter out of range.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        Check(MaxTokens >= 1, "max_tokens", MaxTokens, "1 or more");
        Check(Temperature is >= 0 and <= 100, "temperature", Temperature, "0 to 100; 0 is greedy");
        Check(TopK >= 0, "top_k", TopK, "0 (off) or more");
        Check(TopP is > 0 and <= 1, "top_p", TopP, "a number above 0 and at most 1");
        Check(MinP is >= 0 and <= 1, "min_p", MinP, "0 to 1");
        Check(RepetitionPenalty is > 0 and <= 100, "repetition_penalty", RepetitionPenalty, "a number above 0; 1 is neutral");
        Check(FrequencyPenalty is >= -2 and <= 2, "frequency_penalty", FrequencyPenalty, "-2 to 2; 0 is neutral");
        Check(PresencePenalty is >= -2 and <= 2, "presence_penalty", PresencePenalty, "-2 to 2; 0 is neutral");
        foreach (var (token, bias) in LogitBias) Check(token >= 0 && bias is >= -100 and <= 100, $"logit_bias of {token}", bias, "-100 to 100 for a token's id");
        Check(LogProbs is null or >= 0 and <= 1000, "logprobs", LogProbs ?? 0, "0 to 1000");
        if (Stop.Any(string.IsNullOrEmpty)) problems.Add("sampling: stop holds an empty text; expected one or more characters each. Remove it.");
        if (problems.Count > 0) throw new UserInputException(problems);

        void Check(bool valid, string name, double value, string expected)
        {
            if (!valid) problems.Add($"sampling: {name} is {value}; expected {expected}. Correct the value.");
        }
    }
}
