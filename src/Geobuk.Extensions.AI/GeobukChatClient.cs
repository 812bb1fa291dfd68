using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Inference;
using Geobuk.Inference.Chat;
using Geobuk.Inference.Constraints;
using Geobuk.Inference.Sampling;
using Geobuk.Models;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Geobuk.Extensions.AI;

/// <summary>
/// A model in this process as an <see cref="IChatClient"/>: <c>using var client = GeobukChatClient.Load("model.gguf");</c>. Any number of requests
/// at once are computed together. Functions among the options' tools are offered to the model, and what it asks for comes as
/// <see cref="FunctionCallContent"/>; <c>FunctionInvokingChatClient</c> around this client calls them.
/// </summary>
public sealed class GeobukChatClient : IChatClient
{
    private const int UsualMaxTokens = 1024;
    private readonly InferenceModel _model;
    private readonly Engine _engine;
    private readonly ChatDialect _dialect;
    private readonly bool _owns;

    /// <summary>Chats over a model and an engine that stay the caller's.</summary>
    /// <exception cref="UserInputException">The model has no tokenizer or no chat template.</exception>
    public GeobukChatClient(InferenceModel model, Engine engine) : this(model, engine, owns: false)
    {
    }

    private GeobukChatClient(InferenceModel model, Engine engine, bool owns)
    {
        (_model, _engine, _owns) = (model, engine, owns);
        _dialect = ChatDialect.Of(model.Tokenizer, model.Name)
            ?? throw new UserInputException($"{model.Name}: no chat template; expected one in tokenizer_config.json or the GGUF metadata. Use a model that was made for chat.");
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
        var tools = OfferedTools(options);
        var reader = tools.Count > 0 ? new ToolCallReader(_dialect.Tools, [.. tools.Select(tool => tool.Name)]) : null;
        using var generation = _engine.Start(Prompt(messages, options, tools), Sampling(options, tools), new GenerationOptions { User = options?.ConversationId ?? "", Lookup = true });
        var count = 0;
        FinishReason? finish = null;
        await foreach (var token in generation.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            count++;
            finish = token.Finish;
            var text = reader?.Push(token.Text) ?? token.Text;
            if (text.Length > 0) yield return Update(new TextContent(text));
        }
        var (rest, calls) = reader?.End() ?? ("", []);
        if (rest.Length > 0) yield return Update(new TextContent(rest));
        foreach (var call in calls) yield return Update(Content(call));
        var usage = new UsageDetails
        {
            InputTokenCount = generation.PromptTokens,
            OutputTokenCount = count,
            TotalTokenCount = generation.PromptTokens + count,
            CachedInputTokenCount = generation.CachedTokens,
        };
        var last = Update(new UsageContent(usage));
        last.FinishReason = calls.Count > 0 ? ChatFinishReason.ToolCalls : finish == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;
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

    /// <summary>The functions that may be called now.</summary>
    private static List<AIFunctionDeclaration> OfferedTools(ChatOptions? options)
    {
        if (options is not { Tools: { Count: > 0 } tools } || options.ToolMode is NoneChatToolMode) return [];
        var functions = tools.Select(tool => tool as AIFunctionDeclaration
            ?? throw new NotSupportedException($"ChatOptions.Tools: {tool.Name} is a {tool.GetType().Name}; expected functions. A model in this process can call no hosted tool.")).ToList();
        if (options.ToolMode is not RequiredChatToolMode { RequiredFunctionName: { } name }) return functions;
        return functions.FindAll(function => function.Name == name) is { Count: > 0 } named ? named
            : throw new ArgumentException($"ChatOptions.ToolMode asks for the function {name}; expected one of {string.Join(", ", functions.Select(function => function.Name))}.");
    }

    private int[] Prompt(IEnumerable<ChatMessage> messages, ChatOptions? options, List<AIFunctionDeclaration> tools)
    {
        var given = new JsonArray();
        if (options?.Instructions is { Length: > 0 } instructions) given.Add((JsonNode)_dialect.Message("system", instructions));
        foreach (var message in messages.SelectMany(Read)) given.Add((JsonNode)message);
        return _dialect.Encode(given, tools.Count == 0 ? null : [.. tools.Select(Definition)]);
    }

    /// <summary>Texts, calls, and what the calls gave, each result a message of its own; another kind of content cannot be read and is not left out in silence.</summary>
    private List<JsonObject> Read(ChatMessage message)
    {
        var (text, calls, read) = (new StringBuilder(), new List<JsonObject>(), new List<JsonObject>());
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent part: text.Append(part.Text); break;
                case FunctionCallContent call: calls.Add(new JsonObject { ["name"] = call.Name, ["arguments"] = JsonSerializer.SerializeToNode(call.Arguments, AIJsonUtilities.DefaultOptions) ?? new JsonObject() }); break;
                case FunctionResultContent result: read.Add(_dialect.Message("tool", Text(result.Result), null, result.CallId)); break;
                case UsageContent: break;
                default: throw new NotSupportedException($"a content of type {content.GetType().Name}; expected text. This model reads text only.");
            }
        }
        if (text.Length > 0 || calls.Count > 0 || read.Count == 0) read.Insert(0, _dialect.Message(message.Role.Value, text.ToString(), calls.Count > 0 ? calls : null));
        return read;
    }

    private static string Text(object? result) => result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        _ => JsonSerializer.Serialize(result, AIJsonUtilities.DefaultOptions),
    };

    private static JsonNode Definition(AIFunctionDeclaration function) => new JsonObject
    {
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = function.Name, ["description"] = function.Description, ["parameters"] = JsonNode.Parse(function.JsonSchema.GetRawText()) },
    };

    private static FunctionCallContent Content(ToolCallRequest call) =>
        FunctionCallContent.CreateFromParsedArguments(call.Arguments, $"call_{Guid.NewGuid():n}", call.Name, arguments => JsonSerializer.Deserialize<Dictionary<string, object?>>(arguments, AIJsonUtilities.DefaultOptions));

    private SamplingParameters Sampling(ChatOptions? options, List<AIFunctionDeclaration> tools) => new()
    {
        MaxTokens = options?.MaxOutputTokens ?? UsualMaxTokens,
        Temperature = options?.Temperature ?? 0,
        TopP = options?.TopP ?? 1,
        TopK = options?.TopK ?? 0,
        FrequencyPenalty = options?.FrequencyPenalty ?? 0,
        PresencePenalty = options?.PresencePenalty ?? 0,
        Seed = options?.Seed,
        Stop = [.. options?.StopSequences ?? []],
        Constraint = Constraint(options, tools),
    };

    /// <summary>A call that must be made goes before a form; one that may be made is an alternative to it.</summary>
    private TokenConstraint? Constraint(ChatOptions? options, List<AIFunctionDeclaration> tools)
    {
        var form = options?.ResponseFormat switch
        {
            ChatResponseFormatJson { Schema: { } schema } => TokenConstraint.OfJsonSchema(schema, _model.Tokenizer),
            ChatResponseFormatJson => TokenConstraint.OfJsonObject(_model.Tokenizer),
            _ => null,
        };
        var mustCall = options?.ToolMode is RequiredChatToolMode;
        if (tools.Count == 0 || (form is null && !mustCall)) return form;
        var calls = _dialect.Tools.Constraint(tools.Select(function => (function.Name, function.JsonSchema)), _model.Tokenizer);
        return mustCall ? calls : TokenConstraint.Either(calls, form!, "tools");
    }
}
