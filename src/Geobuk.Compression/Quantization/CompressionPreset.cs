using Geobuk.Models;
using Geobuk.Models.Quantization;
using Geobuk.Recipes.Reading;

namespace Geobuk.Compression.Quantization;

/// <summary>
/// Which type each matrix of a model gets. The names and the mixes are llama.cpp's, so that a user finds the sizes and
/// qualities known for them; what it does for models of exactly eight experts is left out.
/// </summary>
public sealed class CompressionPreset
{
    private static readonly CompressionPreset[] s_presets =
    [
        new("f32", 0, GgmlType.F32),
        new("f16", 1, GgmlType.F16),
        new("bf16", 32, GgmlType.BF16),
        new("q8_0", 7, GgmlType.Q8_0),
        new("q4_0", 2, GgmlType.Q4_0, place => place.IsEarlyDown(8) && place.HasImportance ? GgmlType.Q4_1 : null),
        new("q5_0", 8, GgmlType.Q5_0, place => place.IsEarlyDown(8) && place.HasImportance ? GgmlType.Q5_1 : null),
        new("q4_k_s", 14, GgmlType.Q4_K, place => place is { Part: MatrixPart.Value, Layer: < 4 } || place.IsEarlyDown(8) ? GgmlType.Q5_K : null),
        new("q4_k_m", 15, GgmlType.Q4_K, place => place.IsSensitive ? GgmlType.Q6_K : null),
        new("q6_k", 18, GgmlType.Q6_K),
        new("q5_k_s", 16, GgmlType.Q5_K),
        new("q5_k_m", 17, GgmlType.Q5_K, place => place.IsSensitive ? GgmlType.Q6_K : null),
        new("q3_k_s", 11, GgmlType.Q3_K),
        new("q3_k_m", 12, GgmlType.Q3_K, place => place.Part switch
        {
            MatrixPart.Value => place.Layer < 2 ? GgmlType.Q5_K : GgmlType.Q4_K,
            MatrixPart.Down => place.IsEarlyDown(16) ? GgmlType.Q5_K : GgmlType.Q4_K,
            MatrixPart.AttentionOutput => GgmlType.Q4_K,
            _ => null,
        }),
        new("q3_k_l", 13, GgmlType.Q3_K, place => place.Part is MatrixPart.Value or MatrixPart.Down or MatrixPart.AttentionOutput ? GgmlType.Q5_K : null),
        new("q2_k", 10, GgmlType.Q2_K, place => place.Part switch
        {
            MatrixPart.Value => place.QueriesPerKey >= 4 ? GgmlType.Q4_K : GgmlType.Q3_K,
            MatrixPart.Down or MatrixPart.AttentionOutput => GgmlType.Q3_K,
            _ => null,
        }),
        new("iq4_nl", 25, GgmlType.IQ4_NL, Uneven),
        new("iq4_xs", 30, GgmlType.IQ4_XS, Uneven),
    ];

    private static readonly Dictionary<string, string> s_aliases = new() { ["q3_k"] = "q3_k_m", ["q4_k"] = "q4_k_m", ["q5_k"] = "q5_k_m" };

    private readonly Func<MatrixPlace, GgmlType?> _exception;

    private CompressionPreset(string name, int fileType, GgmlType matrices, Func<MatrixPlace, GgmlType?>? exception = null) =>
        (Name, FileType, Matrices, _exception) = (name, fileType, matrices, exception ?? (_ => null));

    /// <summary>Name in recipes and on the command line.</summary>
    public string Name { get; }
    /// <summary>general.file_type of the format.</summary>
    public int FileType { get; }
    /// <summary>What a matrix gets that the mix makes no exception for.</summary>
    public GgmlType Matrices { get; }
    /// <summary>Blocks of scaled codes rather than plain floats.</summary>
    public bool IsQuantized => BlockFormat.Get(Matrices).BlockSize > 1;

    /// <summary>Every name.</summary>
    public static IEnumerable<string> Names => s_presets.Select(preset => preset.Name);

    /// <summary>The preset of a name, in any case.</summary>
    /// <exception cref="UserInputException">No such preset: lists them and suggests the nearest.</exception>
    public static CompressionPreset Find(string name)
    {
        var lower = name.ToLowerInvariant();
        lower = s_aliases.GetValueOrDefault(lower, lower);
        if (s_presets.FirstOrDefault(preset => preset.Name == lower) is { } found) return found;
        var advice = NearestWord.Find(lower, Names) is { } nearest ? $"Did you mean {nearest}?" : "q4_k_m is usual.";
        throw new UserInputException($"compress.preset: is {name}; expected one of {string.Join(", ", Names)}. {advice}");
    }

    /// <summary>The type of a matrix, before it is fitted to its rows.</summary>
    /// <param name="name">GGUF name.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="config">The model: its depth decides which layers are sensitive, a tied embedding is the head.</param>
    /// <param name="hasImportance">An importance matrix is at hand; some mixes then do without richer types.</param>
    public GgmlType TypeOf(string name, long columns, ModelConfig config, bool hasImportance)
    {
        if (!IsQuantized) return Matrices;
        if (name == "output.weight" || (name == "token_embd.weight" && config.TieWordEmbeddings))
            return Matrices == GgmlType.Q8_0 || columns % BlockFormat.Get(Matrices).BlockSize != 0 ? GgmlType.Q8_0 : GgmlType.Q6_K;
        if (MatrixPlace.Of(name, config, hasImportance) is not { } place) return Matrices;
        var type = _exception(place) ?? Matrices;
        // The 70B shape: values are few against the rest of the model, so bits for them are cheap.
        return place.IsDeepValue && type is (GgmlType.Q3_K or GgmlType.Q4_K) ? GgmlType.Q5_K : type;
    }

    private static GgmlType? Uneven(MatrixPlace place) =>
        (place.Part == MatrixPart.Value && place.QueriesPerKey >= 4) || (place.IsEarlyDown(8) && !place.HasImportance) ? GgmlType.Q5_K : null;
}
