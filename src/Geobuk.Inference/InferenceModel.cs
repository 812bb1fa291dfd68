using System.Diagnostics;
using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference;

/// <summary>A model ready to compute: a GGUF file used in place, or a Hugging Face folder. Immutable; engines share it.</summary>
public sealed class InferenceModel : IDisposable
{
    private readonly Tokenizer? _tokenizer;

    internal InferenceModel(ModelWeights weights, InferenceOptions options, string name, Tokenizer? tokenizer, IReadOnlySet<int> stopTokenIds)
    {
        Weights = weights;
        _tokenizer = tokenizer;
        Options = Checked(options, weights.Config);
        Name = name;
        StopTokenIds = stopTokenIds;
        Instructions = KernelPaths.Choose(options.Kernels);
        weights.Use(KernelPaths.Asked(options.Kernels), options.Repack, options.Threads ?? Environment.ProcessorCount);
        ContextLength = Math.Min(options.ContextLength ?? int.MaxValue, weights.Config.MaxPositions);
    }

    /// <summary>Shape and positions.</summary>
    public ModelConfig Config => Weights.Config;
    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="UserInputException">The model came without one.</exception>
    public Tokenizer Tokenizer => _tokenizer
        ?? throw new UserInputException($"{Name}: the model came without a tokenizer; expected tokenizer.json in the folder, or tokenizer keys in the GGUF file. Add it, or work with token ids.");
    /// <summary>Whether the model came with a tokenizer.</summary>
    public bool HasTokenizer => _tokenizer is not null;
    /// <summary>Host settings.</summary>
    public InferenceOptions Options { get; }
    /// <summary>Name for people and for the API: the file's or folder's.</summary>
    public string Name { get; }
    /// <summary>Bytes on disk of the weights.</summary>
    public long FileBytes => Weights.FileBytes;
    /// <summary>Number of weights; a tied head counts once.</summary>
    public long ParameterCount => Weights.ParameterCount;
    /// <summary>The element types of the matrices and the instructions that the kernels use here.</summary>
    public string KernelPath => string.Join(", ", Weights.Matrices.GroupBy(matrix => matrix.Kernel.Path).OrderBy(group => group.Key)
        .Select(group => $"{string.Join("+", group.Select(matrix => matrix.Type).Distinct().Order())} {KernelPaths.Name(group.Key)}")) + (Weights.Repacked ? ", repacked" : "");
    /// <summary>Instructions of attention, and of the matrix kernels unless others are faster for a type.</summary>
    public KernelPath Instructions { get; }
    /// <summary>Time that <see cref="Load"/> took.</summary>
    public TimeSpan LoadTime { get; private init; }
    /// <summary>Longest sequence, prompt and answer together: the option's or the model's limit, whichever is smaller.</summary>
    public int ContextLength { get; }
    /// <summary>Tokens that end a generation.</summary>
    public IReadOnlySet<int> StopTokenIds { get; }

    internal ModelWeights Weights { get; }

    /// <summary>Opens a GGUF file or a Hugging Face folder (config.json, *.safetensors, tokenizer.json).</summary>
    /// <exception cref="UserInputException">The files are missing, broken, unsupported or contradict each other.</exception>
    public static InferenceModel Load(string path, InferenceOptions? options = null)
    {
        var clock = Stopwatch.StartNew();
        var weights = ModelWeights.Open(path);
        try
        {
            var tokenizer = weights.ReadTokenizer();
            var stops = StopTokens.Read(path, weights.Config, tokenizer);
            var name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            return new InferenceModel(weights, options ?? new InferenceOptions(), name, tokenizer, stops) { LoadTime = clock.Elapsed };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>How texts are pooled: as asked, else as the file says, else by their mean.</summary>
    /// <exception cref="UserInputException">Nothing is asked, and the file names a way that there is none of here.</exception>
    public Pooling PoolingOf(Pooling? asked = null) => asked ?? Weights.PoolingType switch
    {
        null or 0 or 1 => Pooling.Mean,
        3 => Pooling.Last,
        var other => throw new UserInputException($"{Name}: pooling_type is {other}{(other == 2 ? " (first token)" : other == 4 ? " (rank)" : "")}; expected 1 (mean) or 3 (last token). Say which of them to take instead, or use another model."),
    };

    /// <inheritdoc/>
    public void Dispose() => Weights.Dispose();

    private static InferenceOptions Checked(InferenceOptions options, ModelConfig config)
    {
        var problems = new List<string>();
        Check(options.Threads ?? 1, 1, 1024, "threads");
        Check(options.ContextLength ?? 1, 1, 1 << 24, "context length");
        Check(options.PrefillChunk, 1, 4096, "prefill chunk");
        Check(options.Parallel, 1, 4096, "parallel");
        if (options.CacheBytes < 1) problems.Add($"inference: cache memory is {options.CacheBytes} bytes; expected 1 or more. Correct the option.");
        if (CacheKernels.Problem(options.KeyValueType, config) is { } problem) problems.Add(problem);
        return problems.Count == 0 ? options : throw new UserInputException(problems);

        void Check(int value, int least, int most, string name)
        {
            if (value < least || value > most) problems.Add($"inference: {name} is {value}; expected {least} to {most}. Correct the option.");
        }
    }
}
