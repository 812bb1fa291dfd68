using System.Text.Json;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>POST /v1/responses, stateless: nothing is kept, so every request brings the whole conversation.</summary>
internal static class ResponsesEndpoint
{
    private static readonly string[] s_fields = [.. WireJson.Wire.ResponsesRequest.Properties.Select(property => property.Name)];

    /// <summary>Adds the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/responses", HandleAsync);

    private static async Task HandleAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.ResponsesRequest);
        var others = request.Others?.Where(entry => !IsHarmless(entry.Key, entry.Value)).ToDictionary();
        OtherFields.Check(others, s_fields);
        if (request.PreviousResponseId is not null)
            throw ApiException.Unsupported("previous_response_id", "'previous_response_id' is not supported: this server keeps no conversations. Send all of it as 'input'.");
        var model = RequestedModel.Find(context, request.Model);
        var prompt = ChatCompletionsEndpoint.Prompt(Messages(request), null, model);
        var maxTokens = SamplingReader.MaxTokens(request.MaxOutputTokens ?? request.MaxTokens, "max_output_tokens", prompt.Length, model.LongestSequence, otherwise: null);
        var format = request.Text is { ValueKind: JsonValueKind.Object } text && text.TryGetProperty("format", out var given) ? given : request.ResponseFormat;
        var sampling = SamplingReader.Read(request with { ResponseFormat = format }, model, maxTokens, null);
        var job = new GenerationJob(model, prompt, sampling, request.Stream ?? false, true, "chat");
        await context.RequestServices.GetRequiredService<Responder>().RespondAsync(context, job, new ResponseFormat(AnswerHeader.New("resp_", model), request.Instructions));
    }

    private static bool IsHarmless(string name, JsonElement value) => name switch
    {
        "tools" or "include" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0,
        "tool_choice" => value.ValueKind == JsonValueKind.String && value.GetString() is "auto" or "none",
        "truncation" => value.ValueKind == JsonValueKind.String && value.GetString() is "disabled",
        "background" => value.ValueKind == JsonValueKind.False,
        "reasoning" => true,
        _ => false,
    };

    private static List<ChatRequestMessage> Messages(ResponsesRequest request)
    {
        var messages = new List<ChatRequestMessage>();
        if (request.Instructions is { Length: > 0 } instructions) messages.Add(Message("system", JsonSerializer.SerializeToElement(instructions, WireJson.Wire.String)));
        switch (request.Input)
        {
            case { ValueKind: JsonValueKind.String } text:
                messages.Add(Message("user", text));
                break;
            case { ValueKind: JsonValueKind.Array } items:
                messages.AddRange(items.EnumerateArray().Select(Item));
                break;
            default:
                throw ApiException.Invalid("input", "'input' is missing; expected a text or an array of messages.", "invalid_value");
        }
        return messages;
    }

    private static ChatRequestMessage Item(JsonElement item, int index)
    {
        if (item.ValueKind != JsonValueKind.Object || (item.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() != "message"))
            throw ApiException.Unsupported($"input[{index}]", $"'input[{index}]' is not a message. This server reads messages of text.");
        var role = item.TryGetProperty("role", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        return Message(role, item.TryGetProperty("content", out var content) ? content : null);
    }

    private static ChatRequestMessage Message(string? role, JsonElement? content) => new() { Role = role, Content = content };
}
