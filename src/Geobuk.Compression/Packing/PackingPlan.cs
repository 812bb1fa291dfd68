using System.Globalization;
using System.Text.RegularExpressions;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Packing;

/// <summary>
/// A plan of GGUF types as compressed-tensors can hold it: linear layers in 4 or 8 bits with a scale for every 32 columns, the rest
/// plain. Types of up to 4.5 bits become 4 (4.5 with the scales), wider ones 8 (8.5). Layers that vLLM fuses into one (query, key and
/// value; gate and up; the experts of a layer) must share a form, so the widest of them decides.
/// </summary>
internal sealed partial class PackingPlan
{
    /// <summary>Columns that share a scale.</summary>
    public const int GroupSize = 32;

    private const double MostFourBits = 4.5;
    private const int Plain = 16;

    private readonly Dictionary<string, int> _bits = [];
    private readonly Dictionary<string, string> _reasons = [];
    private readonly List<string> _linear = [];

    /// <summary>The forms of a model's matrices.</summary>
    /// <param name="config">The model as it will be written.</param>
    /// <param name="types">The type of every GGUF matrix.</param>
    public PackingPlan(ModelConfig config, TypePlan types)
    {
        var layout = ModelLayout.Of(config);
        var wanted = new Dictionary<string, int>();
        foreach (var spec in layout.Gguf.Where(spec => !spec.StaysSingle))
            foreach (var source in spec.Sources) wanted[source] = Math.Max(wanted.GetValueOrDefault(source), Bits(types.TypeOf(spec.Name)));
        _linear.AddRange(layout.Tensors.Where(spec => spec.Shape.Count == 2 && spec.Role is not TensorRole.Embedding).Select(spec => spec.Name));
        foreach (var fused in layout.Tensors.Where(IsPackable).GroupBy(spec => Fused(spec.Name)))
        {
            var odd = fused.FirstOrDefault(spec => spec.Shape[1] % GroupSize != 0);
            var bits = odd is null ? fused.Max(spec => wanted[spec.Name]) : Plain;
            foreach (var spec in fused)
            {
                if (odd is not null) _reasons[spec.Name] = $"packed codes need rows of a multiple of {GroupSize}, those of {odd.Name} have {odd.Shape[1]}";
                if (bits != Plain) _bits[spec.Name] = bits;
            }
        }
    }

    /// <summary>Bits of a matrix's codes; null where it stays plain.</summary>
    public int? BitsOf(string name) => _bits.TryGetValue(name, out var bits) ? bits : null;

    /// <summary>Why a matrix that the plan means to shrink stays plain; null where it does not.</summary>
    public string? ReasonOf(string name) => _reasons.GetValueOrDefault(name);

    /// <summary>Widths that occur, the one of most layers first: it stands for every linear layer that is not named.</summary>
    public IReadOnlyList<int> Widths => [.. _bits.Values.GroupBy(bits => bits).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).Select(group => group.Key)];

    /// <summary>Patterns of the layers of a width, as vLLM matches them.</summary>
    public IEnumerable<string> Targets(int bits) => Patterns(_bits.Where(entry => entry.Value == bits).Select(entry => entry.Key));

    /// <summary>Patterns of the linear layers that stay plain.</summary>
    public IEnumerable<string> Ignored => Patterns(_linear.Where(name => !_bits.ContainsKey(name)).Append("lm_head.weight").Distinct());

    /// <summary>The linear layers but head, router, gates of norms and the indexer's head weights.</summary>
    private static bool IsPackable(TensorSpec spec) => spec.Shape.Count == 2
        && spec.Role is not (TensorRole.Embedding or TensorRole.Head or TensorRole.Router or TensorRole.Norm)
        && !spec.Name.EndsWith(".weights_proj.weight", StringComparison.Ordinal);

    private static int Bits(GgmlType type)
    {
        var format = BlockFormat.Get(type);
        return format.BlockSize == 1 ? Plain : 8.0 * format.BlockBytes / format.BlockSize <= MostFourBits ? 4 : 8;
    }

    private static string Fused(string name) => FusedParts().Replace(ExpertNumber().Replace(name, ".experts."), match => match.Groups["expert"].Success ? "experts" : match.Value switch
    {
        "q_proj" or "k_proj" or "v_proj" => "qkv",
        "gate_proj" or "up_proj" => "gate_up",
        _ => "qkv_a",
    });

    /// <summary>One pattern for the layers of each kind.</summary>
    private static IEnumerable<string> Patterns(IEnumerable<string> tensors)
    {
        var kinds = new SortedDictionary<string, SortedSet<int>>(StringComparer.Ordinal);
        foreach (var module in tensors.Select(name => name[..^".weight".Length]))
        {
            var parts = LayerNumber().Match(module);
            if (!parts.Success) yield return module;
            else
            {
                var kind = ExpertNumber().Replace(parts.Groups["rest"].Value, ".experts.#.");
                if (!kinds.TryGetValue(kind, out var layers)) kinds[kind] = layers = [];
                layers.Add(int.Parse(parts.Groups["layer"].Value, CultureInfo.InvariantCulture));
            }
        }
        foreach (var (kind, layers) in kinds)
            yield return $@"re:^model\.layers\.({string.Join('|', layers)})\.{Regex.Escape(kind).Replace(@"\#", @"\d+", StringComparison.Ordinal)}$";
    }

    [GeneratedRegex(@"\.experts\.\d+\.")]
    private static partial Regex ExpertNumber();

    [GeneratedRegex(@"(?<=\.experts\.)(?<expert>gate|up|down)_proj|\bq_proj\b|\bk_proj\b|\bv_proj\b|\bgate_proj\b|\bup_proj\b|\bq_a_proj\b|\bkv_a_proj_with_mqa\b")]
    private static partial Regex FusedParts();

    [GeneratedRegex(@"^model\.layers\.(?<layer>\d+)\.(?<rest>.*)$")]
    private static partial Regex LayerNumber();
}
