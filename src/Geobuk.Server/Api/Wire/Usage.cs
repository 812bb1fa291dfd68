namespace Geobuk.Server.Api.Wire;

/// <summary>Tokens that a request cost.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens)
{
    public static Usage Of(int prompt, int completion) => new(prompt, completion, prompt + completion);
}
