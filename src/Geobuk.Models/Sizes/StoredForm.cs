using System.Text.Json.Nodes;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;

namespace Geobuk.Models.Sizes;

/// <summary>How a checkpoint stores its tensors, as far as its config.json tells: in bf16, or the linear layers in 8 bits with scales (quantization_config).</summary>
public sealed class StoredForm
{
    private readonly (long Rows, long Columns)? _block;
    private readonly IReadOnlyList<string> _plain;

    private StoredForm(bool isEightBits, (long Rows, long Columns)? block, IReadOnlyList<string> plain) => (IsEightBits, _block, _plain) = (isEightBits, block, plain);

    /// <summary>The linear layers take a byte a weight.</summary>
    public bool IsEightBits { get; }

    /// <summary>Of a config.json; bf16 where it names another form than fp8.</summary>
    /// <exception cref="UserInputException">The file is no JSON, or its blocks are no blocks.</exception>
    public static StoredForm OfFile(string path)
    {
        if (JsonFile.ReadObject(path)["quantization_config"] is not JsonObject settings || settings["quant_method"].AsText() != "fp8") return new StoredForm(false, null, []);
        return new StoredForm(true, Block(settings["weight_block_size"], path), Texts(settings["modules_to_not_convert"]));
    }

    /// <summary>The type of a tensor's elements; the routers' corrections are F32 always.</summary>
    public TensorDataType Type(TensorSpec spec) => spec.IsCorrection ? TensorDataType.F32
        : IsEightBits && spec.HasBlockScales && !_plain.Any(name => $".{spec.Name}".Contains($".{name}.", StringComparison.Ordinal)) ? TensorDataType.F8_E4M3 : TensorDataType.BF16;

    /// <summary>Bytes of a tensor without its scales.</summary>
    public long Bytes(TensorSpec spec) => spec.Elements * Type(spec).Size();

    /// <summary>Bytes of the scales of a tensor: an F32 for each block, or one for all of it.</summary>
    public long ScaleBytes(TensorSpec spec) => Type(spec) != TensorDataType.F8_E4M3 ? 0
        : sizeof(float) * (_block is { } block ? Ceiling(spec.Shape[0], block.Rows) * Ceiling(spec.Shape[1], block.Columns) : 1);

    private static long Ceiling(long size, long block) => (size + block - 1) / block;

    private static (long, long)? Block(JsonNode? node, string path)
    {
        if (node is null) return null;
        if (node is JsonArray { Count: 2 } sizes && sizes.All(size => size is JsonValue value && value.TryGetValue<int>(out var number) && number > 0))
            return (sizes[0]!.GetValue<int>(), sizes[1]!.GetValue<int>());
        throw new UserInputException($"{path}: weight_block_size is {JsonFile.Quote(node, "null")}; expected rows and columns, as [128, 128]. Correct the file.");
    }

    private static string[] Texts(JsonNode? node) => node is JsonArray names ? [.. names.Select(name => name.AsText()).OfType<string>()] : [];
}
