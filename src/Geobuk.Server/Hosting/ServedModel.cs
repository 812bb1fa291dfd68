using Geobuk.Inference;
using Geobuk.Inference.Chat;
using Geobuk.Inference.Drafting;
using Geobuk.Models;

namespace Geobuk.Server.Hosting;

/// <summary>A model that the server answers for: its name in the API, its engine and its chat template.</summary>
public sealed class ServedModel : IDisposable
{
    /// <summary>Serves a loaded model and owns it from here on.</summary>
    /// <param name="model">The model; disposed with this object.</param>
    /// <param name="id">Name in the API; null takes the model's own.</param>
    /// <exception cref="UserInputException">The model has no tokenizer.</exception>
    public ServedModel(InferenceModel model, string? id = null)
    {
        Model = model;
        Id = id ?? model.Name;
        try
        {
            Dialect = ChatDialect.Of(model.Tokenizer, $"{Id}: chat_template");
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

    /// <summary>How it is chatted with; null where it has no chat template that can be used.</summary>
    internal ChatDialect? Dialect { get; }

    /// <summary>Why the model's chat template cannot be used, if it has one that cannot.</summary>
    internal string? ChatTemplateProblem { get; }

    /// <summary>Forms that answers were asked for in.</summary>
    internal ConstraintCache Constraints { get; } = new();

    /// <summary>Tokens are guessed from the sequence itself, and verified.</summary>
    internal bool Drafts { get; init; } = true;

    /// <summary>A text that answers may quote.</summary>
    internal CorpusIndex? Corpus { get; init; }

    /// <summary>Bytes a second that memory delivered when measured; null where it was not.</summary>
    internal double? MemoryBandwidth { get; init; }

    /// <summary>Computes the answers.</summary>
    internal Engine Engine { get; }

    /// <summary>Opens a GGUF file or a Hugging Face folder for serving.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">Host settings.</param>
    /// <param name="memoryBandwidth">Bytes a second that memory delivers; null where it was not measured.</param>
    /// <exception cref="UserInputException">The model cannot be opened.</exception>
    public static ServedModel Load(string path, ServerOptions options, double? memoryBandwidth = null)
    {
        var model = InferenceModel.Load(path, new InferenceOptions
        {
            Threads = options.Threads,
            ContextLength = options.ContextLength,
            Parallel = options.Parallel,
            KeyValueType = options.KeyValueType,
            Repack = !options.NoRepack,
            Kernels = options.Kernels,
        });
        try
        {
            var corpus = options.DraftCorpus is { } file ? CorpusIndex.Load(file, model.Tokenizer) : null;
            return new ServedModel(model, Name(path)) { Corpus = corpus, MemoryBandwidth = memoryBandwidth, Drafts = !options.NoDrafts };
        }
        catch
        {
            model.Dispose();
            throw;
        }
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
