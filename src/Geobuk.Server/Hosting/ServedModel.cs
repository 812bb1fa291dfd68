using System.Text.Json.Nodes;
using Geobuk.Inference;
using Geobuk.Inference.Drafting;
using Geobuk.Models;
using Geobuk.Models.ChatTemplates;

namespace Geobuk.Server.Hosting;

/// <summary>A model that the server answers for: its name in the API, its engine and its chat template.</summary>
public sealed class ServedModel : IDisposable
{
    private readonly ChatTemplate? _template;

    /// <summary>Serves a loaded model and owns it from here on.</summary>
    /// <param name="model">The model; disposed with this object.</param>
    /// <param name="id">Name in the API; null takes the model's own.</param>
    /// <exception cref="UserInputException">The model has no tokenizer.</exception>
    public ServedModel(InferenceModel model, string? id = null)
    {
        Model = model;
        Id = id ?? model.Name;
        var jinja = model.Tokenizer.ChatTemplate;
        KnowsTools = jinja?.Contains("tools", StringComparison.Ordinal) is true;
        ToolStyle = ToolStyle.Of(jinja);
        try
        {
            _template = jinja is not null ? ChatTemplate.Parse(jinja, $"{Id}: chat_template") : null;
        }
        catch (UserInputException e)
        {
            // Text completion still works; the chat endpoint reports why it does not.
            ChatTemplateProblem = e.Message;
        }
        Engine = new Engine(model);
    }

    /// <summary>Name in the API.</summary>
    public string Id { get; }

    /// <summary>Weights, tokenizer and shape.</summary>
    public InferenceModel Model { get; }

    /// <summary>Seconds since 1970 when the model was taken into service.</summary>
    public long Created { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>Longest prompt and answer together: the context, or what the memory for caches holds.</summary>
    public int LongestSequence => Engine.LongestSequence;

    /// <summary>Whether chat requests can be answered.</summary>
    public bool HasChatTemplate => _template is not null;

    /// <summary>Why the model's chat template cannot be used, if it has one that cannot.</summary>
    internal string? ChatTemplateProblem { get; }

    /// <summary>The chat template writes tools and calls itself.</summary>
    internal bool KnowsTools { get; }

    /// <summary>How the model writes calls.</summary>
    internal ToolStyle ToolStyle { get; }

    /// <summary>Forms that answers were asked for in.</summary>
    internal ConstraintCache Constraints { get; } = new();

    /// <summary>A text that answers may quote.</summary>
    internal CorpusIndex? Corpus { get; init; }

    /// <summary>Bytes a second that memory delivered when measured; null where it was not.</summary>
    internal double? MemoryBandwidth { get; set; }

    /// <summary>Computes the answers.</summary>
    internal Engine Engine { get; }

    /// <summary>Opens a GGUF file or a Hugging Face folder for serving.</summary>
    /// <exception cref="UserInputException">The model cannot be opened.</exception>
    public static ServedModel Load(string path, ServerOptions options)
    {
        var model = InferenceModel.Load(path, new InferenceOptions { Threads = options.Threads, ContextLength = options.ContextLength, Parallel = options.Parallel });
        try
        {
            var corpus = options.DraftCorpus is { } file ? CorpusIndex.Load(file, model.Tokenizer) : null;
            return new ServedModel(model, Name(path)) { Corpus = corpus };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The prompt of a conversation as the model's own template writes it, up to where the answer begins. Only the template can
    /// write special tokens: a message that holds the text of one cannot end its turn.
    /// </summary>
    /// <exception cref="UserInputException">The template refuses these messages.</exception>
    /// <param name="messages">Objects with role, content and the like; not trusted.</param>
    /// <param name="tools">What the model may call; null where nothing.</param>
    internal int[] EncodeChat(JsonArray messages, JsonArray? tools = null)
    {
        if (_template is null) throw new InvalidOperationException("asked for a chat without a chat template");
        if (tools is not null && !KnowsTools)
        {
            // Told in the system's words, and where there are none, before the first message.
            var instruction = ToolStyle.Instruction(tools);
            if (messages[0] is JsonObject first && (string?)first["role"] == "system") first["content"] = $"{first["content"]}\n\n{instruction}";
            else messages.Insert(0, new JsonObject { ["role"] = "system", ["content"] = instruction });
        }
        return ChatPrompt.EncodeJson(Model.Tokenizer, _template, messages, addGenerationPrompt: true,
            tools is not null && KnowsTools ? new Dictionary<string, JsonNode?> { ["tools"] = tools } : null, DateTime.Now);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Engine.Dispose();
        Model.Dispose();
    }

    /// <summary>
    /// A file's name without its ending; a folder's whole name, as in A.X-3.1. What is called no more than "model", as in a run's
    /// artifacts, goes by the name of the folder that it lies in.
    /// </summary>
    internal static string Name(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var name = Directory.Exists(full) ? Path.GetFileName(full) : Path.GetFileNameWithoutExtension(full);
        return name == "model" && Path.GetFileName(Path.GetDirectoryName(full)) is { Length: > 0 } folder ? folder : name;
    }
}
