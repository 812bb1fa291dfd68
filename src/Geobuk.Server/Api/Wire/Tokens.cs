using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>Body of POST /v1/tokenize: vLLM's prompt or messages, or llama.cpp's content.</summary>
internal sealed record TokenizeRequest(string? Model, string? Prompt, string? Content, IReadOnlyList<ChatRequestMessage>? Messages, bool? AddSpecialTokens, bool? AddSpecial, bool? WithPieces)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>Its answer.</summary>
internal sealed record TokenizeResponse(int Count, int MaxModelLen, IReadOnlyList<int> Tokens)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? TokenStrs { get; init; }
}

/// <summary>Body of POST /v1/detokenize.</summary>
internal sealed record DetokenizeRequest(string? Model, IReadOnlyList<int>? Tokens)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>Its answer, under vLLM's name and llama.cpp's.</summary>
internal sealed record DetokenizeResponse(string Prompt, string Content);
