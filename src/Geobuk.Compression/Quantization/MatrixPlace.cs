using Geobuk.Models;

namespace Geobuk.Compression.Quantization;

/// <summary>Where in a model a matrix stands, as the mixes ask for it.</summary>
/// <param name="Part">Which matrix of its layer.</param>
/// <param name="Layer">Its layer.</param>
/// <param name="Layers">Layers of the model.</param>
/// <param name="QueriesPerKey">Query heads that share a key-value head.</param>
/// <param name="HasImportance">An importance matrix is at hand.</param>
/// <param name="IsDeepValue">The values of a model of 80 layers whose queries share keys.</param>
public readonly record struct MatrixPlace(MatrixPart Part, int Layer, int Layers, int QueriesPerKey, bool HasImportance, bool IsDeepValue)
{
    /// <summary>Values and down projections of the first and last eighth of the layers, and of every third between.</summary>
    public bool IsSensitive => Part is MatrixPart.Value or MatrixPart.Down
        && (Layer < Layers / 8 || Layer >= 7 * Layers / 8 || (Layer - Layers / 8) % 3 == 2);

    /// <summary>The down projection of the first of so many parts of the layers.</summary>
    public bool IsEarlyDown(int parts) => Part == MatrixPart.Down && Layer < Layers / parts;

    /// <summary>The place of a tensor by its GGUF name; null outside of layers.</summary>
    public static MatrixPlace? Of(string name, ModelConfig config, bool hasImportance)
    {
        if (name.Split('.') is not ["blk", var number, var stem, ..]) return null;
        var part = stem switch
        {
            "attn_v" => MatrixPart.Value,
            "attn_output" => MatrixPart.AttentionOutput,
            _ when stem.StartsWith("ffn_down", StringComparison.Ordinal) => MatrixPart.Down,
            _ => MatrixPart.Other,
        };
        var deep = config.LayerCount == 80 && (config.KeyValueHeadCount < config.HeadCount || config.Family == ModelFamily.Qwen2);
        return new MatrixPlace(part, int.Parse(number), config.LayerCount, config.HeadCount / config.KeyValueHeadCount, hasImportance, deep && part == MatrixPart.Value);
    }
}
