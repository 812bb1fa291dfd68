using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>The sizes of a model that time and memory follow from.</summary>
/// <param name="Parameters">All weights.</param>
/// <param name="Matrix">Weights that a token is multiplied with: all but the embedding table.</param>
/// <param name="Bytes">On disk.</param>
/// <param name="Hidden">Width of the residual stream.</param>
/// <param name="Intermediate">Width of the gated MLP.</param>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Vocabulary">Tokens.</param>
internal sealed record ModelSize(long Parameters, long Matrix, long Bytes, int Hidden, int Intermediate, int Layers, int Vocabulary)
{
    private const int Fp32 = 4;

    /// <summary>Of an existing folder from its headers, or of a fresh model from its shape.</summary>
    public static ModelSize Of(BaseConfig config) => config.Model is { } folder ? OfFolder(folder) : OfShape(config.Architecture!, config.Tokenizer!.VocabularySize);

    private static ModelSize OfFolder(string folder)
    {
        var shape = ModelConfig.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var parameters = checkpoint.ParameterCount;
        // A tied table is looked up and multiplied with; an untied one only looked up.
        var lookup = shape.TieWordEmbeddings ? 0 : (long)shape.VocabularySize * shape.HiddenSize;
        return new ModelSize(parameters, parameters - lookup, checkpoint.FileBytes, shape.HiddenSize, shape.IntermediateSize, shape.LayerCount, shape.VocabularySize);
    }

    private static ModelSize OfShape(ArchitectureConfig shape, int vocabulary)
    {
        var keyValueWidth = shape.HiddenSize / shape.Heads * shape.KeyValueHeads;
        var layer = 2L * shape.HiddenSize * shape.HiddenSize + 2L * shape.HiddenSize * keyValueWidth + 3L * shape.HiddenSize * shape.IntermediateSize;
        var table = (long)vocabulary * shape.HiddenSize;
        var matrix = shape.Layers * layer + table;
        return new ModelSize(matrix + table, matrix, (matrix + table) * Fp32, shape.HiddenSize, shape.IntermediateSize, shape.Layers, vocabulary);
    }
}
