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
        var prompt = Prompt(request, model);
        var job = new GenerationJob(model, prompt, Sampling(request, model, prompt.Length), request.Stream ?? false, request.StreamOptions?.IncludeUsage ?? false);
        var format = new ChatFormat(AnswerHeader.New("chatcmpl-", model), model.Model.Tokenizer, request.Logprobs ?? false);
        await context.RequestServices.GetRequiredService<Responder>().RespondAsync(context, job, format);
    }

    private static int[] Prompt(ChatRequest request, ServedModel model)
    {
        var messages = ChatMessages.Read(request.Messages);
        if (!model.HasChatTemplate)
        {
            var why = model.ChatTemplateProblem is { } problem ? $"its chat template cannot be used ({problem})" : "it has no chat template";
            throw ApiException.Invalid("model", $"The model '{model.Id}' cannot chat: {why}. Use /v1/completions.", "no_chat_template");
        }
        try
        {
            return model.EncodeChat(messages);
        }
        catch (UserInputException e)
        {
            throw ApiException.Invalid("messages", $"The model's chat template refuses these messages: {e.Message}", "chat_template_error");
        }
    }

    private static Inference.Sampling.SamplingParameters Sampling(ChatRequest request, ServedModel model, int promptTokens)
    {
        var withLogProbs = request.Logprobs ?? false;
        SamplingReader.Require(request.TopLogprobs is null or (>= 0 and <= SamplingReader.MostLogProbs), "top_logprobs", request.TopLogprobs, $"0 to {SamplingReader.MostLogProbs}");
        SamplingReader.Require(withLogProbs || request.TopLogprobs is null or 0, "top_logprobs", request.TopLogprobs, "'logprobs' to be true beside it");
        if (request is { MaxTokens: { } old, MaxCompletionTokens: { } current } && old != current)
            throw ApiException.Invalid("max_tokens", $"'max_tokens' is {old} and 'max_completion_tokens' is {current}; they mean the same. Give one.", "invalid_value");
        var field = request.MaxCompletionTokens is null ? "max_tokens" : "max_completion_tokens";
        var maxTokens = SamplingReader.MaxTokens(request.MaxCompletionTokens ?? request.MaxTokens, field, promptTokens, model.Model.ContextLength, otherwise: null);
        return SamplingReader.Read(request, maxTokens, withLogProbs ? request.TopLogprobs ?? 0 : null);
    }
}
