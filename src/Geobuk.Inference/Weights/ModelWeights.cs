using Geobuk.Inference.Kernels;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Weights;

/// <summary>The tensors of a transformer, found, complete and of the right shape.</summary>
internal sealed unsafe class ModelWeights : IDisposable
{
    private const long MostInMemory = 64 << 20;

    private readonly IWeightSource _source;
    private NativeBuffer<byte>? _panels;
    private PanelFile? _panelFile;

    private ModelWeights(IWeightSource source)
    {
        _source = source;
        var reader = new WeightReader(source);
        var config = source.Config;
        PoolingType = source.PoolingType;
        Embedding = reader.Matrix("token_embd");
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(reader.Layer)];
        OutputNorm = reader.Vector("output_norm.weight");
        Output = config.TieWordEmbeddings ? new LinearWeights(Embedding, null) : reader.Linear("output");
        InverseFrequencies = reader.InverseFrequencies();
        Matrices = [.. reader.Tensors.Where(tensor => tensor.Shape.Count > 1)];
        ParameterCount = reader.Tensors.Sum(tensor => tensor.Elements);
        var lookup = config.TieWordEmbeddings ? 0 : Embedding.Bytes;
        var chosen = config.Mixture is { } mixture ? (double)mixture.ExpertsPerToken / mixture.RoutedExperts : 1;
        var experts = Matrices.Where(IsExperts).Sum(tensor => tensor.Bytes);
        WeightBytes = Matrices.Sum(tensor => tensor.Bytes) - lookup - experts + (long)(experts * chosen);
    }

    /// <summary>As <see cref="IWeightSource.PoolingType"/>.</summary>
    public int? PoolingType { get; }
    public ModelConfig Config => _source.Config;
    public RotaryLayout RotaryLayout => _source.RotaryLayout;
    public long FileBytes => _source.FileBytes;
    public long ParameterCount { get; }
    /// <summary>Bytes of matrices read for one generated token: of the experts only the chosen ones, and no embedding unless it is the head too.</summary>
    public long WeightBytes { get; }
    public WeightTensor Embedding { get; }
    public IReadOnlyList<LayerWeights> Layers { get; }
    public float[] OutputNorm { get; }
    public LinearWeights Output { get; }
    /// <summary>Every matrix, for what depends on the widest or on the types present.</summary>
    public IReadOnlyList<WeightTensor> Matrices { get; }
    /// <summary>Radians per position of each turned pair of a head.</summary>
    public double[] InverseFrequencies { get; }

    /// <summary>Opens a GGUF file or a Hugging Face folder.</summary>
    /// <exception cref="UserInputException">Broken or unsupported files; names every tensor that is missing, superfluous or of another shape.</exception>
    public static ModelWeights Open(string path)
    {
        var source = WeightSources.Open(path);
        try
        {
            return new ModelWeights(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer that came with the weights, or null.</summary>
    /// <exception cref="UserInputException">It is broken, unsupported or has more tokens than the embedding rows.</exception>
    public Tokenizer? ReadTokenizer()
    {
        var tokenizer = _source.ReadTokenizer();
        return tokenizer is null || tokenizer.VocabularySize <= Config.VocabularySize
            ? tokenizer
            : throw new UserInputException($"{_source.Place}: a tokenizer of {tokenizer.VocabularySize} tokens; expected at most the {Config.VocabularySize} rows of the embedding. The tokenizer belongs to another model.");
    }

    /// <summary>
    /// Has the kernels compute with the instructions of a path, each type with the fastest where it is null, and lays the matrices out for them once if asked: small models in
    /// memory, others in a file that is kept and mapped (<see cref="PanelFile"/>). Experts stay as they are: most are idle, and laying
    /// all out would read and write nearly the whole of a mixture before its first token.
    /// </summary>
    public void Use(KernelPath? path, bool repack, int threads)
    {
        foreach (var matrix in Matrices) matrix.Use(path);
        if (!repack) return;
        // The embedding's rows are looked up where they are; panels are for products.
        var products = Matrices.Where(matrix => matrix.PanelLayout is not null && !IsExperts(matrix) && (matrix != Embedding || Config.TieWordEmbeddings)).ToList();
        var image = new PanelImage(products);
        if (image.Bytes == 0) return;
        if (image.Bytes > MostInMemory)
        {
            _panelFile = PanelFile.Open(_source.Place, products, image, threads);
            if (_panelFile is null) return;
            image.Attach(_panelFile.Start);
        }
        else
        {
            _panels = new NativeBuffer<byte>(image.Bytes);
            image.Fill(_panels.Pointer, threads);
            image.Attach(_panels.Pointer);
        }
        Repacked = true;
    }

    /// <summary>Gives back the memory of all mapped weights; what is used again is read again.</summary>
    public void Release() => _source.Release();

    /// <summary>The kernels read panels that were laid out before.</summary>
    public bool Repacked { get; private set; }

    private static bool IsExperts(WeightTensor tensor) => tensor.Name.EndsWith("_exps.weight", StringComparison.Ordinal);

    public void Dispose()
    {
        _panels?.Dispose();
        _panelFile?.Dispose();
        _source.Dispose();
    }
}
