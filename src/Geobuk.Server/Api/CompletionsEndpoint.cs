using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>POST /v1/completions: goes on from a text as it stands.</summary>
internal static class CompletionsEndpoint
{
    /// <summary>OpenAI's length where the client gives none.</summary>
    private const int UsualMaxTokens = 16;
    private static readonly string[] Fields = [.. WireJson.Wire.CompletionRequest.Properties.Select(property => property.Name)];

    /// <summary>Adds the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/completions", HandleAsync);

    private static async Task HandleAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.CompletionRequest);
        OtherFields.Check(request.Others, Fields);
        var model = RequestedModel.Find(context, request.Model);
        var job = new GenerationJob(model, Answers(request, model), request.Stream ?? false, request.StreamOptions?.IncludeUsage ?? false);
        var format = new CompletionFormat(AnswerHeader.New("cmpl-", model), model.Model.Tokenizer, request.Logprobs is not null);
        await context.RequestServices.GetRequiredService<Responder>().RespondAsync(context, job, format);
    }

    /// <summary>The choices of the first prompt, then those of the second.</summary>
    private static List<AnswerRequest> Answers(CompletionRequest request, ServedModel model)
    {
        var (answers, sampling) = (new List<AnswerRequest>(), Sampling(request, model));
        // No token beside the prompt given back: a client that only wants to know how likely it is.
        var onlyEcho = request is { Echo: true, MaxTokens: 0 };
        var prompts = CompletionPrompt.ReadAll(request.Prompt, model.Model.Tokenizer);
        foreach (var (i, prompt) in prompts.Index())
        {
            var echo = request.Echo is true ? new PromptEcho(model, prompt, request.Logprobs) : null;
            var maxTokens = SamplingReader.MaxTokens(onlyEcho ? 1 : request.MaxTokens, "max_tokens", prompts.Count > 1 ? $"prompt[{i}]" : "prompt", prompt.Tokens.Length, model.LongestSequence, UsualMaxTokens);
            answers.AddRange(AnswerRequest.Choices(prompt.Tokens, sampling with { MaxTokens = maxTokens }, request.N ?? 1, answers.Count).Select(answer => answer with { Echo = echo, EchoOnly = onlyEcho }));
        }
        return answers;
    }

    private static Inference.Sampling.SamplingParameters Sampling(CompletionRequest request, ServedModel model)
    {
        SamplingReader.Require(request.Logprobs is null or (>= 0 and <= SamplingReader.MostLogProbs), "logprobs", request.Logprobs, $"0 to {SamplingReader.MostLogProbs}");
        return SamplingReader.Read(request, null, model, request.Logprobs);
    }
}
