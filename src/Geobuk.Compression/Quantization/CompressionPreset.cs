using Geobuk.Models;
using Geobuk.Models.Quantization;
using Geobuk.Recipes.Reading;

namespace Geobuk.Compression.Quantization;

/// <summary>
/// Which type each matrix of a model gets. The names and the mixes are llama.cpp's, so that a user finds the sizes and
/// qualities known for them; where a mix there asks for Q5_K (attn_v of 80-layer models), Q6_K stands here.
/// </summary>
public sealed class CompressionPreset
{
    private static readonly CompressionPreset[] s_presets =
    [
        new("f32", 0, GgmlType.F32, GgmlType.F32),
        new("f16", 1, GgmlType.F16, GgmlType.F16),
        new("bf16", 32, GgmlType.BF16, GgmlType.BF16),
        new("q8_0", 7, GgmlType.Q8_0, GgmlType.Q8_0),
        new("q4_0", 2, GgmlType.Q4_0, GgmlType.Q6_K),
        new("q4_k", 14, GgmlType.Q4_K, GgmlType.Q6_K),
        new("q4_k_m", 15, GgmlType.Q4_K, GgmlType.Q6_K) { FavoursSensitiveLayers = true },
        new("q6_k", 18, GgmlType.Q6_K, GgmlType.Q6_K),
    ];

    private CompressionPreset(string name, int fileType, GgmlType matrices, GgmlType head) =>
        (Name, FileType, Matrices, Head) = (name, fileType, matrices, head);

    /// <summary>Name in recipes and on the command line.</summary>
    public string Name { get; }
    /// <summary>general.file_type of the format.</summary>
    public int FileType { get; }
    /// <summary>Blocks of scaled codes rather than plain floats.</summary>
    public bool IsQuantized => BlockFormat.Get(Matrices).BlockSize > 1;

    /// <summary>Every name.</summary>
    public static IEnumerable<string> Names => s_presets.Select(preset => preset.Name);

    private GgmlType Matrices { get; }
    private GgmlType Head { get; }
    private bool FavoursSensitiveLayers { get; init; }

    /// <summary>The preset of a name, in any case.</summary>
    /// <exception cref="UserInputException">No such preset: lists them and suggests the nearest.</exception>
    public static CompressionPreset Find(string name)
    {
        if (s_presets.FirstOrDefault(preset => preset.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found) return found;
        var advice = NearestWord.Find(name.ToLowerInvariant(), Names) is { } nearest ? $"Did you mean {nearest}?" : "q4_k_m is usual.";
        throw new UserInputException($"compress.preset: is {name}; expected one of {string.Join(", ", Names)}. {advice}");
    }

    /// <summary>The type of a matrix.</summary>
    /// <param name="name">GGUF name.</param>
    /// <param name="config">The model: its depth decides which layers are sensitive, a tied embedding is the head.</param>
    public GgmlType TypeOf(string name, ModelConfig config)
    {
        if (name == "output.weight" || (name == "token_embd.weight" && config.TieWordEmbeddings)) return Head;
        if (!FavoursSensitiveLayers || name.Split('.') is not ["blk", var layer, var part, _]) return Matrices;
        var sensitive = part is "attn_v" or "ffn_down" && NeedsMoreBits(int.Parse(layer), config.LayerCount);
        return sensitive || (part == "attn_v" && IsDeepGrouped(config)) ? Head : Matrices;
    }

    /// <summary>The first and last eighth of the layers, and every third between.</summary>
    private static bool NeedsMoreBits(int layer, int layers) =>
        layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;

    /// <summary>The 70B shape: values are few against the rest of the model, so bits for them are cheap.</summary>
    private static bool IsDeepGrouped(ModelConfig config) => config.LayerCount == 80 && config.KeyValueHeadCount < config.HeadCount;
}
