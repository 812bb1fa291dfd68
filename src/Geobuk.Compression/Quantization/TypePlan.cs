using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Recipes.Reading;

namespace Geobuk.Compression.Quantization;

/// <summary>
/// Which type every matrix of one model gets: of a preset, of a bit budget, or of a file that a person edited. The file is JSON:
/// <c>{"plan": name, "padding": 256, "tensors": {"blk.0.attn_q.weight": "q4_k", …}}</c>.
/// </summary>
public sealed class TypePlan
{
    private const int Guessed = 1024;

    private static readonly int[] s_paddings = [1, 32, 256];

    private static readonly JsonSerializerOptions s_form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyDictionary<string, GgmlType> _types;

    /// <summary>A plan.</summary>
    /// <param name="name">Of the preset, the budget or the file.</param>
    /// <param name="fileType">general.file_type; null where no preset of llama.cpp is meant.</param>
    /// <param name="padding">Feed-forward widths are raised to a multiple of this; 1 leaves them.</param>
    /// <param name="types">The type of every matrix by its GGUF name.</param>
    public TypePlan(string name, int? fileType, int padding, IReadOnlyDictionary<string, GgmlType> types) =>
        (Name, FileType, Padding, _types) = (name, fileType ?? Guessed, padding, types);

    /// <summary>Name of the preset, the budget or the file.</summary>
    public string Name { get; }
    /// <summary>general.file_type of the format.</summary>
    public int FileType { get; }
    /// <summary>Feed-forward widths are raised to a multiple of this; 1 leaves them.</summary>
    public int Padding { get; }
    /// <summary>At least one matrix has blocks of scaled codes.</summary>
    public bool IsQuantized => _types.Values.Any(type => BlockFormat.Get(type).BlockSize > 1);
    /// <summary>The type of every matrix by its GGUF name.</summary>
    public IReadOnlyDictionary<string, GgmlType> Types => _types;

    /// <summary>The type wanted for a matrix.</summary>
    public GgmlType TypeOf(string name) => _types[name];

    /// <summary>A preset's choice for a model.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="config">The model.</param>
    /// <param name="surgery">Feed-forward widths may be padded.</param>
    /// <param name="hasImportance">An importance matrix is at hand.</param>
    public static TypePlan Of(CompressionPreset preset, ModelConfig config, bool surgery, bool hasImportance)
    {
        // The least padding under which every matrix has the type meant for it.
        var padding = surgery ? s_paddings.Cast<int?>().FirstOrDefault(multiple => Fits(preset, config, multiple!.Value, hasImportance)) ?? 1 : 1;
        return new TypePlan(preset.Name, preset.FileType, padding,
            Wanted(preset, config, padding, hasImportance).ToDictionary(entry => entry.Spec.Name, entry => entry.Type));
    }

    private static bool Fits(CompressionPreset preset, ModelConfig config, int padding, bool hasImportance) =>
        Wanted(preset, config, padding, hasImportance).All(entry => !entry.Spec.Name.Contains(".ffn_", StringComparison.Ordinal) || entry.Spec.Shape[^1] % BlockFormat.Get(entry.Type).BlockSize == 0);

    private static IEnumerable<(GgufTensorSpec Spec, GgmlType Type)> Wanted(CompressionPreset preset, ModelConfig config, int padding, bool hasImportance)
    {
        var padded = Surgery.FeedForwardPadding.Pad(config, padding);
        return Matrices(padded).Select(spec => (spec, preset.TypeOf(spec.Name, spec.Shape[^1], padded, hasImportance)));
    }

    /// <summary>Reads a plan for a model.</summary>
    /// <exception cref="UserInputException">Not such a file, a type that is not known, or not the matrices of this model: names the first of them.</exception>
    public static TypePlan Load(string path, ModelConfig config)
    {
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected a plan of types. Write one with --bits or --size, or take the plan.json beside a compressed model.");
        var root = Parse(path);
        if (root["tensors"] is not JsonObject tensors)
            throw new UserInputException($"{path}: there is no object \"tensors\"; expected a type for every matrix. Take a plan that Geobuk wrote as the pattern.");
        var padding = root["padding"] is JsonValue number && number.TryGetValue<int>(out var multiple) ? multiple : 1;
        if (padding is < 1 or > 4096) throw new UserInputException($"{path}: padding is {padding}; expected 1 to 4096. 256 suits every type.");
        var types = tensors.ToDictionary(entry => entry.Key, entry => Parse(path, entry.Key, entry.Value));
        var names = Matrices(config).Select(spec => spec.Name).ToHashSet();
        if (names.FirstOrDefault(name => !types.ContainsKey(name)) is { } missing)
            throw new UserInputException($"{path}: tensor {missing} has no type; expected one for each of the {names.Count} matrices of this model. The plan belongs to another model.");
        if (types.Keys.FirstOrDefault(name => !names.Contains(name)) is { } superfluous)
            throw new UserInputException($"{path}: tensor {superfluous} is not part of this model; expected its {names.Count} matrices only. The plan belongs to another model.");
        return new TypePlan(root["plan"] is JsonValue text && text.TryGetValue<string>(out var given) ? given : Path.GetFileNameWithoutExtension(path), null, padding, types);
    }

    /// <summary>Writes the file that <see cref="Load"/> reads.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, ToJson().ToJsonString(s_form) + "\n");

    /// <summary>The content of the file.</summary>
    public JsonObject ToJson() => new()
    {
        ["plan"] = Name,
        ["padding"] = Padding,
        ["tensors"] = new JsonObject(_types.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value.ToString().ToLowerInvariant()))),
    };

    /// <summary>The tensors of a GGUF file whose type is a matter of choice.</summary>
    public static IEnumerable<GgufTensorSpec> Matrices(ModelConfig config) => ModelLayout.Of(config).Gguf.Where(spec => !spec.StaysSingle);

    private static JsonObject Parse(string path)
    {
        try
        {
            if (JsonNode.Parse(File.ReadAllText(path)) is JsonObject root) return root;
        }
        catch (JsonException fault)
        {
            throw new UserInputException($"{path}: is no JSON ({fault.Message}); expected a plan of types. Correct the file.", fault);
        }
        throw new UserInputException($"{path}: is no JSON object; expected a plan of types. Take a plan that Geobuk wrote as the pattern.");
    }

    private static GgmlType Parse(string path, string tensor, JsonNode? node)
    {
        var names = BlockFormat.Supported.Select(type => type.ToString().ToLowerInvariant()).ToList();
        var text = node is JsonValue value && value.TryGetValue<string>(out var name) ? name.ToLowerInvariant() : node?.ToJsonString() ?? "null";
        if (names.Contains(text)) return BlockFormat.Supported.First(type => type.ToString().Equals(text, StringComparison.OrdinalIgnoreCase));
        var advice = NearestWord.Find(text, names) is { } nearest ? $"Did you mean {nearest}?" : "q4_k is usual.";
        throw new UserInputException($"{path}: tensors.{tensor} is {text}; expected one of {string.Join(", ", names)}. {advice}");
    }
}
