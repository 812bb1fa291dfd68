using Geobuk.Models;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>POST /v1/chat/completions: the model's own chat template makes the prompt.</summary>
internal static class ChatCompletionsEndpoint
{
    private static readonly string[] Fields = [.. WireJson.Wire.ChatRequest.Properties.Select(property => property.Name)];

    /// <summary>Adds the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/chat/completions", HandleAsync);

    private static async Task HandleAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.ChatRequest);
        OtherFields.Check(request.Others, Fields);
        var model = RequestedModel.Find(context, request.Model);
        var tools = ToolRequest.Read(request.Tools, request.ToolChoice, request.ParallelToolCalls);
        var prompt = Prompt(request.Messages, tools, model, Effort(request.ReasoningEffort, "reasoning_effort"));
        var answers = AnswerRequest.Choices(prompt, Sampling(request, tools, model, prompt.Length), request.N ?? 1).ToList();
        var job = new GenerationJob(model, answers, request.Stream ?? false, request.StreamOptions?.IncludeUsage ?? false, "chat") { Tools = tools };
        var format = new ChatFormat(AnswerHeader.New("chatcmpl-", model), model.Model.Tokenizer, request.Logprobs ?? false, answers.Count);
        await context.RequestServices.GetRequiredService<Responder>().RespondAsync(context, job, format);
    }

    /// <summary>How much to think, in OpenAI's words.</summary>
    /// <exception cref="ApiException">Another word.</exception>
    public static string? Effort(string? word, string field)
    {
        SamplingReader.Require(word is null or "none" or "minimal" or "low" or "medium" or "high" or "xhigh", field, word, "none, minimal, low, medium, high or xhigh");
        return word;
    }

    /// <summary>The messages as the model's chat template writes them.</summary>
    public static int[] Prompt(IReadOnlyList<ChatRequestMessage>? given, ToolRequest? tools, ServedModel model, string? effort = null)
    {
        if (model.Dialect is not { } dialect)
        {
            var why = model.ChatTemplateProblem is { } problem ? $"its chat template cannot be used ({problem})" : "it has no chat template";
            throw ApiException.Invalid("model", $"The model '{model.Id}' cannot chat: {why}. Use /v1/completions.", "no_chat_template");
        }
        var messages = ChatMessages.Read(given, dialect);
        try
        {
            return dialect.Encode(messages, tools?.Definitions, effort);
        }
        catch (UserInputException e)
        {
            throw ApiException.Invalid("messages", $"The model's chat template refuses these messages: {e.Message}", "chat_template_error");
        }
    }

    private static Inference.Sampling.SamplingParameters Sampling(ChatRequest request, ToolRequest? tools, ServedModel model, int promptTokens)
    {
        var withLogProbs = request.Logprobs ?? false;
        SamplingReader.Require(request.TopLogprobs is null or (>= 0 and <= SamplingReader.MostLogProbs), "top_logprobs", request.TopLogprobs, $"0 to {SamplingReader.MostLogProbs}");
        SamplingReader.Require(withLogProbs || request.TopLogprobs is null or 0, "top_logprobs", request.TopLogprobs, "'logprobs' to be true beside it");
        if (request is { MaxTokens: { } old, MaxCompletionTokens: { } current } && old != current)
            throw ApiException.Invalid("max_tokens", $"'max_tokens' is {old} and 'max_completion_tokens' is {current}; they mean the same. Give one.", "invalid_value");
        var field = request.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens";
        var maxTokens = SamplingReader.MaxTokens(request.MaxCompletionTokens ?? request.MaxTokens, field, "messages", promptTokens, model.LongestSequence, otherwise: null);
        return SamplingReader.Read(request, tools, model, withLogProbs ? request.TopLogprobs ?? 0 : null) with { MaxTokens = maxTokens };
    }
}
