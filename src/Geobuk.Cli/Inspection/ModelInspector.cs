using Geobuk.Compression;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Sizes;

namespace Geobuk.Cli.Inspection;

/// <summary>Describes a model from its headers, or from its config.json alone; no weight is read.</summary>
internal static class ModelInspector
{
    private static readonly string[] s_presets = ["q8_0", "q4_k_m"];

    /// <summary>Describes a Hugging Face folder, with its weights or without, a config.json or a GGUF file.</summary>
    /// <exception cref="UserInputException">Everything wrong with the configuration, or every tensor that does not belong to it.</exception>
    public static ModelDescription Describe(string path, InspectOptions options)
    {
        if (Directory.Exists(path)) return HasWeights(path) ? Folder(path, options) : Shape(ModelConfig.Load(path), Path.Combine(path, "config.json"), options);
        return Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase) ? Shape(ModelConfig.LoadFile(path), path, options) : Gguf(path, options);
    }

    private static bool HasWeights(string folder) => Directory.EnumerateFiles(folder, "*.safetensors*").Any();

    private static ModelDescription Shape(ModelConfig config, string path, InspectOptions options)
    {
        var form = StoredForm.OfFile(path);
        var (size, tensors) = (ModelSize.Of(config, form), ModelLayout.Of(config).Tensors);
        var bytes = size.Bytes + tensors.Sum(form.ScaleBytes);
        return new ModelDescription(config, size, options)
        {
            Format = "config.json",
            Form = form.IsEightBits ? "fp8" : "bf16",
            Bytes = bytes,
            Memory = Fits(config, bytes, options),
            Tensors = [.. tensors.Select(spec => new TensorLine(spec.Name, form.Type(spec).ToString(), spec.Shape, form.Bytes(spec)))],
        };
    }

    private static ModelDescription Folder(string path, InspectOptions options)
    {
        using var checkpoint = ModelCheckpoint.Open(path, headersOnly: true);
        var size = ModelSize.Of(checkpoint.Config, checkpoint.Tensors.Select(spec => (spec.Role, spec.Elements, checkpoint.Bytes(spec.Name))));
        return new ModelDescription(checkpoint.Config, size, options)
        {
            Format = "hugging face folder",
            Bytes = checkpoint.FileBytes,
            SkippedTensors = checkpoint.Skipped.Count,
            SkippedBytes = checkpoint.Skipped.Sum(tensor => tensor.Bytes),
            Memory = Fits(checkpoint.Config, checkpoint.FileBytes, options),
            Tensors = [.. checkpoint.Tensors.Select(spec => new TensorLine(spec.Name, checkpoint.DataType(spec.Name).ToString(), spec.Shape, checkpoint.Bytes(spec.Name)))],
        };
    }

    private static ModelDescription Gguf(string path, InspectOptions options)
    {
        using var file = GgufFile.Open(path);
        var config = GgufConfigReader.Read(file);
        var layout = ModelLayout.Of(config);
        LayoutCheck.Require(path, config, layout, file.Tensors.Select(tensor => tensor.Name), name => file.TryFind(name) is { } found ? Shape(found) : null);
        var size = ModelSize.Of(config, layout.Gguf.Where(spec => spec.Values is null).Select(spec => (spec.Role, spec.Elements, file.Find(spec.Name).Bytes)));
        return new ModelDescription(config, size, options)
        {
            Format = "gguf",
            Bytes = file.Length,
            Memory = Fits(config, file.Length, options),
            Tensors = [.. file.Tensors.Select(tensor => new TensorLine(tensor.Name, tensor.Type.ToString(), Shape(tensor), tensor.Bytes))],
        };
    }

    /// <summary>ggml lists the contiguous dimension first; shapes here have it last.</summary>
    private static long[] Shape(GgufTensor tensor) => [.. tensor.Dimensions.Reverse()];

    private static List<MemoryFit> Fits(ModelConfig config, long fileBytes, InspectOptions options)
    {
        var half = ModelSize.Of(config).Bytes;
        var forms = new List<(string Name, long Bytes)> { ("bf16", half) };
        forms.AddRange(s_presets.Select(name => (name, ModelCompressor.TensorBytes(config, CompressionPreset.Find(name)))));
        if (Math.Abs(fileBytes - half) > half / 100) forms.Insert(0, ("as stored", fileBytes));
        var cache = CacheSize.Of(config);
        return [.. MemoryUnit.Usual.SelectMany(memory => forms.Select(form => MemoryFit.Of(memory, form.Name, form.Bytes, cache, options.CacheBytes, options.Context)))];
    }
}
