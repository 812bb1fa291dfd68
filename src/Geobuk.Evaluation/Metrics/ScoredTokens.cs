using Geobuk.Evaluation.Tasks;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// A prompt with one of its choices as tokens. Both are tokenised together and split at the prompt's own token count, as
/// lm-evaluation-harness does; scores shift where the two are tokenised apart.
/// </summary>
/// <param name="Tokens">Of prompt and choice.</param>
/// <param name="First">Index of the first that is scored.</param>
public readonly record struct ScoredTokens(int[] Tokens, int First)
{
    /// <summary>Every choice of a question.</summary>
    /// <exception cref="UserInputException">A choice that is longer than the context.</exception>
    public static IReadOnlyList<ScoredTokens> Of(Tokenizer tokenizer, MultipleChoiceItem item, int contextLength)
    {
        var lead = DocumentTokens.Lead(tokenizer);
        return [.. Enumerable.Range(0, item.Choices.Count).Select(choice => Of(tokenizer, lead, item, choice, contextLength))];
    }

    private static ScoredTokens Of(Tokenizer tokenizer, int[] lead, MultipleChoiceItem item, int choice, int contextLength)
    {
        // Spaces at the prompt's end belong to the choice: most tokens carry the space before them.
        var prompt = item.Prompt.TrimEnd();
        var whole = item.Prompt + item.Continuation(choice);
        int[] tokens = [.. lead, .. tokenizer.Encode(whole, parseSpecialTokens: false)];
        var prompted = lead.Length + tokenizer.Encode(prompt, parseSpecialTokens: false).Length;
        // Tokenised together, prompt and choice may be as short as the prompt alone; one token is scored in any case.
        var first = Math.Clamp(prompted, 1, Math.Max(1, tokens.Length - 1));
        // A prompt too long for the context loses its beginning, never its end.
        var over = Math.Max(0, tokens.Length - contextLength);
        if (over >= first)
            throw new UserInputException($"{item.Id}: choice {choice + 1} has {tokens.Length - first} tokens; expected fewer than the context of {contextLength}. Leave the question out or raise the context length.");
        return new ScoredTokens(tokens[over..], first - over);
    }
}
