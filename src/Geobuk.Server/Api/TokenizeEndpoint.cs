using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>POST /v1/tokenize and /v1/detokenize.</summary>
internal static class TokenizeEndpoint
{
    private static readonly string[] s_fields = ["model", "prompt", "content", "messages", "add_special_tokens", "add_special", "with_pieces"];
    private static readonly string[] s_detokenizeFields = ["model", "tokens"];

    /// <summary>Adds the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/tokenize", TokenizeAsync);
        routes.MapPost("/v1/detokenize", DetokenizeAsync);
    }

    /// <summary>Takes their addresses without /v1, where vLLM and llama.cpp have them, for those with it, before anything looks at the path.</summary>
    public static Task RenameAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is "/tokenize" or "/detokenize") context.Request.Path = "/v1" + context.Request.Path;
        return next(context);
    }

    private static async Task TokenizeAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.TokenizeRequest);
        OtherFields.Check(request.Others, s_fields);
        var model = RequestedModel.FindOrOnly(context, request.Model);
        var special = request.AddSpecialTokens ?? request.AddSpecial ?? true;
        int[] tokens = request switch
        {
            { Messages: not null } => ChatCompletionsEndpoint.Prompt(request.Messages, null, model),
            _ when (request.Prompt ?? request.Content) is { } text => model.Model.Tokenizer.Encode(text, addSpecialTokens: special),
            _ => throw ApiException.Invalid("prompt", "'prompt' is missing; expected a text, or 'messages'.", "invalid_value"),
        };
        var pieces = request.WithPieces is true ? tokens.Select(id => TokenText.Of(model.Model.Tokenizer, id)).ToList() : null;
        await context.Response.WriteAsJsonAsync(new TokenizeResponse(tokens.Length, model.LongestSequence, tokens) { TokenStrs = pieces }, WireJson.Wire.TokenizeResponse, contentType: null, context.RequestAborted);
    }

    private static async Task DetokenizeAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.DetokenizeRequest);
        OtherFields.Check(request.Others, s_detokenizeFields);
        var model = RequestedModel.FindOrOnly(context, request.Model);
        if (request.Tokens is not { } tokens) throw ApiException.Invalid("tokens", "'tokens' is missing; expected an array of token ids.", "invalid_value");
        var size = model.Model.Tokenizer.VocabularySize;
        if (tokens.FirstOrDefault(id => id < 0 || id >= size, 0) is not 0 and var wrong) throw ApiException.Invalid("tokens", $"'tokens' holds {wrong}; expected 0 to {size - 1}.", "invalid_value");
        var text = model.Model.Tokenizer.Decode([.. tokens], skipSpecialTokens: false);
        await context.Response.WriteAsJsonAsync(new DetokenizeResponse(text, text), WireJson.Wire.DetokenizeResponse, contentType: null, context.RequestAborted);
    }
}
