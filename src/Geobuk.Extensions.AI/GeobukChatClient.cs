using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Geobuk.Inference;
using Geobuk.Inference.Constraints;
using Geobuk.Inference.Sampling;
using Geobuk.Models;
using Geobuk.Models.ChatTemplates;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Geobuk.Extensions.AI;

/// <summary>
/// A model in this process as an <see cref="IChatClient"/>: <c>using var client = GeobukChatClient.Load("model.gguf");</c>. Any number of requests
/// at once are computed together. Tools are refused: the server's chat endpoint offers them, this client does not yet.
/// </summary>
public sealed class GeobukChatClient : IChatClient
{
    private const int UsualMaxTokens = 1024;
    private readonly InferenceModel _model;
    private readonly Engine _engine;
    private readonly ChatTemplate _template;
    private readonly bool _owns;

    /// <summary>Chats over a model and an engine that stay the caller's.</summary>
    /// <exception cref="UserInputException">The model has no tokenizer or no chat template.</exception>
    public GeobukChatClient(InferenceModel model, Engine engine) : this(model, engine, owns: false)
    {
    }

    private GeobukChatClient(InferenceModel model, Engine engine, bool owns)
    {
        (_model, _engine, _owns) = (model, engine, owns);
        var jinja = model.Tokenizer.ChatTemplate
            ?? throw new UserInputException($"{model.Name}: no chat template; expected one in tokenizer_config.json or the GGUF metadata. Use a model that was made for chat.");
        _template = ChatTemplate.Parse(jinja, model.Name);
        Metadata = new ChatClientMetadata("geobuk", providerUri: null, model.Name);
    }

    /// <summary>Who answers.</summary>
    public ChatClientMetadata Metadata { get; }

    /// <summary>Opens a GGUF file or a Hugging Face folder; disposing the client closes it.</summary>
    /// <exception cref="UserInputException">The model cannot be opened, or cannot chat.</exception>
    public static GeobukChatClient Load(string path, InferenceOptions? options = null)
    {
        var model = InferenceModel.Load(path, options);
        Engine? engine = null;
        try
        {
            return new GeobukChatClient(model, engine = new Engine(model), owns: true);
        }
        catch
        {
            engine?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false)) updates.Add(update);
        return updates.ToChatResponse();
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (id, created) = ($"chat-{Guid.NewGuid():n}", DateTimeOffset.UtcNow);
        using var generation = _engine.Start(Prompt(messages, options), Sampling(options), new GenerationOptions { User = options?.ConversationId ?? "", Lookup = true });
        var count = 0;
        FinishReason? finish = null;
        await foreach (var token in generation.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            count++;
            finish = token.Finish;
            if (token.Text.Length > 0) yield return Update(new TextContent(token.Text));
        }
        var usage = new UsageDetails
        {
            InputTokenCount = generation.PromptTokens,
            OutputTokenCount = count,
            TotalTokenCount = generation.PromptTokens + count,
            CachedInputTokenCount = generation.CachedTokens,
        };
        var last = Update(new UsageContent(usage));
        last.FinishReason = finish == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;
        yield return last;

        ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, CreatedAt = created, ModelId = _model.Name };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? Metadata
        : serviceType == typeof(Engine) ? _engine
        : serviceType == typeof(InferenceModel) ? _model
        : serviceType.IsInstanceOfType(this) ? this : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_owns) return;
        _engine.Dispose();
        _model.Dispose();
    }

    private int[] Prompt(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        if (options is { Tools.Count: > 0 and var tools } && options.ToolMode is not NoneChatToolMode)
            throw new NotSupportedException($"ChatOptions.Tools holds {tools} tool(s); expected none. Use the server's /v1/chat/completions, which offers tools to the model.");
        var given = new JsonArray();
        if (options?.Instructions is { Length: > 0 } instructions) given.Add((JsonNode)new JsonObject { ["role"] = "system", ["content"] = instructions });
        foreach (var message in messages) given.Add((JsonNode)new JsonObject { ["role"] = message.Role.Value, ["content"] = Text(message) });
        return ChatPrompt.EncodeJson(_model.Tokenizer, _template, given, addGenerationPrompt: true);
    }

    /// <summary>Texts, and what tools gave; another kind of content cannot be read and is not left out in silence.</summary>
    private static string Text(ChatMessage message) => string.Concat(message.Contents.Select(content => content switch
    {
        TextContent text => text.Text,
        FunctionResultContent result => result.Result?.ToString(),
        UsageContent => "",
        _ => throw new NotSupportedException($"a content of type {content.GetType().Name}; expected text. This model reads text only."),
    }));

    private SamplingParameters Sampling(ChatOptions? options) => new()
    {
        MaxTokens = options?.MaxOutputTokens ?? UsualMaxTokens,
        Temperature = options?.Temperature ?? 0,
        TopP = options?.TopP ?? 1,
        TopK = options?.TopK ?? 0,
        Seed = options?.Seed,
        Stop = [.. options?.StopSequences ?? []],
        Constraint = options?.ResponseFormat switch
        {
            ChatResponseFormatJson { Schema: { } schema } => TokenConstraint.OfJsonSchema(schema, _model.Tokenizer),
            ChatResponseFormatJson => TokenConstraint.OfJsonObject(_model.Tokenizer),
            _ => null,
        },
    };
}
