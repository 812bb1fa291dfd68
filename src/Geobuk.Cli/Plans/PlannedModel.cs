using Geobuk.Compression;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Sizes;
using Geobuk.Recipes;
using Geobuk.Training;

namespace Geobuk.Cli.Plans;

/// <summary>The model that a recipe starts from, as far as time and memory follow from it.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="Size">Weights by part, with the bytes that are stored.</param>
/// <param name="FileBytes">On disk.</param>
internal sealed record PlannedModel(ModelConfig Config, ModelSize Size, long FileBytes)
{
    /// <summary>The types of a quantized base that is yet to be made.</summary>
    public const string QuantizedPreset = "q4_k_m";

    private long? _learning, _largestTensor, _largestLayer, _quantized;

    /// <summary>Weights.</summary>
    public long Parameters => Size.Parameters;

    /// <summary>Its tensors.</summary>
    public IReadOnlyList<TensorSpec> Tensors { get; } = ModelLayout.Of(Config).Tensors;

    /// <summary>Weights that a gradient reaches: not the sparse indexer's, not the routers' corrections.</summary>
    public long Learning => _learning ??= Tensors.Where(tensor => tensor.Learns).Sum(tensor => tensor.Elements);

    /// <summary>Weights of the largest tensor.</summary>
    public long LargestTensor => _largestTensor ??= Tensors.Max(tensor => tensor.Elements);

    /// <summary>Weights of the largest layer.</summary>
    public long LargestLayer => _largestLayer ??= Tensors.Where(tensor => tensor.Name.Contains(".layers.", StringComparison.Ordinal))
        .GroupBy(tensor => tensor.Name.Split('.')[2], (_, tensors) => tensors.Sum(tensor => tensor.Elements)).Max();

    /// <summary>Bytes of a quantized base of it.</summary>
    public long QuantizedBytes => _quantized ??= ModelCompressor.TensorBytes(Config, CompressionPreset.Find(QuantizedPreset), surgery: false);

    /// <summary>Operations of a token's way through the model, its attention over <paramref name="context"/> positions included: 2 a weight.</summary>
    public double ForwardOperations(double context) =>
        2.0 * Size.MultipliedParameters + 2.0 * Config.LayerCount * Config.HeadCount * (Config.HeadSize + Config.ValueHeadSize) * context;

    /// <summary>Bytes of the weights that the engine reads for one token, where they are stored as they are on disk.</summary>
    public double BytesPerToken => (double)FileBytes * Size.MultipliedParameters / Parameters;

    /// <summary>Of an existing folder from its headers, or of a fresh model from its shape.</summary>
    /// <exception cref="UserInputException">The folder's configuration or tensors are wrong.</exception>
    public static PlannedModel Of(BaseConfig config)
    {
        if (config.Model is { } folder) return OfFolder(folder);
        var shape = BaseStep.Shape(config.Architecture!, (config.Tokenizer ?? new TokenizerConfig()).VocabularySize, null, null);
        var size = ModelSize.Of(shape);
        return new PlannedModel(shape, size, size.Parameters * sizeof(float));
    }

    private static PlannedModel OfFolder(string folder)
    {
        if (!Directory.EnumerateFiles(folder, "*.safetensors").Any())
        {
            var config = ModelConfig.Load(folder);
            var bare = ModelSize.Of(config, StoredForm.OfFile(Path.Combine(folder, "config.json")));
            return new PlannedModel(config, bare, bare.Bytes);
        }
        using var checkpoint = ModelCheckpoint.Open(folder, headersOnly: true);
        var size = ModelSize.Of(checkpoint.Config, checkpoint.Tensors.Select(spec => (spec.Role, spec.Elements, checkpoint.Bytes(spec.Name))));
        return new PlannedModel(checkpoint.Config, size, checkpoint.FileBytes);
    }
}
