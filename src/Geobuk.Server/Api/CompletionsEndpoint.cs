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
        var prompt = CompletionPrompt.Read(request.Prompt, model.Model.Tokenizer);
        var sampling = Sampling(request, prompt.Tokens.Length, model);
        var job = new GenerationJob(model, prompt.Tokens, sampling, request.Stream ?? false, request.StreamOptions?.IncludeUsage ?? false);
        var format = new CompletionFormat(AnswerHeader.New("cmpl-", model), model.Model.Tokenizer, request.Logprobs is not null, request.Echo is true ? prompt.Text : "");
        await context.RequestServices.GetRequiredService<Responder>().RespondAsync(context, job, format);
    }

    private static Inference.Sampling.SamplingParameters Sampling(CompletionRequest request, int promptTokens, ServedModel model)
    {
        SamplingReader.Require(request.Logprobs is null or (>= 0 and <= SamplingReader.MostLogProbs), "logprobs", request.Logprobs, $"0 to {SamplingReader.MostLogProbs}");
        if (request is { Echo: true, Logprobs: not null })
            throw ApiException.Unsupported("echo", "'echo' together with 'logprobs' is not supported yet. Leave one out.");
        var maxTokens = SamplingReader.MaxTokens(request.MaxTokens, "max_tokens", promptTokens, model.LongestSequence, UsualMaxTokens);
        return SamplingReader.Read(request, model, maxTokens, request.Logprobs);
    }
}
