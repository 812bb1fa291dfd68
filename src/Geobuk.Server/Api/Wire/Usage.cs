namespace Geobuk.Server.Api.Wire;

/// <summary>Tokens that a request cost.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails)
{
    public static Usage Of(int prompt, int completion, int cached = 0) => new(prompt, completion, prompt + completion, new PromptTokensDetails(cached));
}

/// <summary>How many of the prompt's tokens needed no computing.</summary>
internal sealed record PromptTokensDetails(int CachedTokens);
