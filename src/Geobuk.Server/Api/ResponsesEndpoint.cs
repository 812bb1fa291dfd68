using System.Text.Json;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>POST /v1/responses, stateless: nothing is kept, so every request brings the whole conversation.</summary>
internal static class ResponsesEndpoint
{
    private static readonly string[] s_fields = [.. WireJson.Wire.ResponsesRequest.Properties.Select(property => property.Name)];

    /// <summary>What is asked for beside the answer and cannot be there: what hosted tools found, and thoughts in secret.</summary>
    private static readonly string[] s_emptyIncludes =
    [
        "reasoning.encrypted_content", "file_search_call.results", "web_search_call.results", "web_search_call.action.sources", "message.input_image.image_url",
        "computer_call_output.output.image_url", "code_interpreter_call.outputs",
    ];

    /// <summary>Adds the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/responses", HandleAsync);

    private static async Task HandleAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.ResponsesRequest);
        Check(request);
        var model = RequestedModel.Find(context, request.Model);
        var tools = ToolRequest.Read(request.Tools?.Select(tool => tool?.AsDefinition).ToList(), request.ToolChoice, request.ParallelToolCalls);
        var prompt = Prompt(request, tools, model);
        var maxTokens = SamplingReader.MaxTokens(request.MaxOutputTokens ?? request.MaxTokens, "max_output_tokens", "input", prompt.Length, model.LongestSequence, otherwise: null);
        var format = request.Text is { ValueKind: JsonValueKind.Object } text && text.TryGetProperty("format", out var given) ? given : request.ResponseFormat;
        var sampling = SamplingReader.Read(request with { ResponseFormat = format }, tools, model, null) with { MaxTokens = maxTokens };
        var job = new GenerationJob(model, [new AnswerRequest(0, prompt, sampling)], request.Stream ?? false, true, "chat") { Tools = tools };
        await context.RequestServices.GetRequiredService<Responder>().RespondAsync(context, job, new ResponseFormat(AnswerHeader.New("resp_", model), request));
    }

    private static void Check(ResponsesRequest request)
    {
        OtherFields.Check(request.Others?.Where(entry => !IsHarmless(entry.Key, entry.Value)).ToDictionary(), s_fields);
        if (request.PreviousResponseId is not null)
            throw ApiException.Unsupported("previous_response_id", "'previous_response_id' is not supported: this server keeps no conversations. Send all of it as 'input'.");
        SamplingReader.Require(request.N is null or 1, "n", request.N, "1; a response has one answer");
        SamplingReader.Require(request.Truncation is null or "auto" or "disabled", "truncation", request.Truncation, "auto or disabled");
        foreach (var include in request.Include ?? [])
            SamplingReader.Require(s_emptyIncludes.Contains(include), "include", include, $"only what asks for nothing here: {string.Join(", ", s_emptyIncludes)}");
    }

    private static bool IsHarmless(string name, JsonElement value) => name switch
    {
        "background" => value.ValueKind == JsonValueKind.False,
        // Of tools that the server would call, which it has none of.
        "max_tool_calls" => value.ValueKind == JsonValueKind.Number,
        "top_logprobs" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number == 0,
        _ => false,
    };

    /// <summary>
    /// The conversation as the model's chat template writes it. With truncation "auto" its oldest turns are left out, as few as make room
    /// for the answer: max_output_tokens, and a quarter of the context at most. A turn begins with what a user says.
    /// </summary>
    private static int[] Prompt(ResponsesRequest request, ToolRequest? tools, ServedModel model)
    {
        var effort = ChatCompletionsEndpoint.Effort(Effort(request.Reasoning), "reasoning.effort");
        var messages = ResponseInput.Read(request);
        var whole = Encode(messages);
        var room = model.LongestSequence - Math.Min(request.MaxOutputTokens ?? int.MaxValue, model.LongestSequence / 4);
        if (request.Truncation != "auto" || whole.Length <= room) return whole;
        var first = messages.FindIndex(message => message.Role is not ("system" or "developer"));
        var turns = Enumerable.Range(0, messages.Count).Where(i => i > first && messages[i].Role == "user").ToList();
        if (turns.Count == 0) return whole;
        // From the newest on in growing steps: of a conversation that is far too long little is encoded again.
        var (kept, step) = (1, 1);
        while (step > 0)
        {
            var fits = kept + step <= turns.Count && Newest(kept + step).Length <= room;
            if (fits) kept += step;
            step = fits ? 2 * step : step / 2;
        }
        return Newest(kept);

        int[] Newest(int count) => Encode([.. messages[..first], .. messages[turns[^count]..]]);
        int[] Encode(IReadOnlyList<ChatRequestMessage> some) => ChatCompletionsEndpoint.Prompt(some, tools, model, effort);
    }

    private static string? Effort(JsonElement? reasoning) =>
        reasoning is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("effort", out var effort) && effort.ValueKind != JsonValueKind.Null ? RequestBody.Text(effort, "reasoning.effort") : null;
}
