using System.Globalization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Compression.Pruning;

/// <summary>Writes the parts of a model that stay as an ordinary Hugging Face folder, tensor by tensor.</summary>
public static class ModelPruner
{
    private static readonly string[] s_companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "vocab.json", "merges.txt",
    ];

    /// <summary>Writes the folder.</summary>
    /// <param name="source">Hugging Face folder.</param>
    /// <param name="plan">What stays.</param>
    /// <param name="target">What was asked for.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="progress">Tensors done.</param>
    /// <param name="cancellationToken">Stops between tensors.</param>
    /// <returns>The smaller model's configuration.</returns>
    public static ModelConfig Write(string source, PruningPlan plan, PruningTarget target, string folder, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        using var checkpoint = ModelCheckpoint.Open(source);
        var config = plan.Apply(checkpoint.Config, target);
        Directory.CreateDirectory(folder);
        var specs = ModelLayout.Of(config).Tensors;
        var type = checkpoint.DataType("model.norm.weight") == TensorDataType.F32 ? TensorDataType.F32 : TensorDataType.BF16;
        var done = 0;
        var tensors = specs.Select(spec => new TensorToWrite(spec.Name, spec.IsCorrection ? TensorDataType.F32 : type, [.. spec.Shape], () =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new StepReport("pruning", ++done, specs.Count, "tensors"));
            return Values(checkpoint, plan, spec);
        })).ToList();
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        foreach (var name in s_companions.Where(name => File.Exists(Path.Combine(source, name)))) File.Copy(Path.Combine(source, name), Path.Combine(folder, name), overwrite: true);
        if (plan.Vocabulary is { } vocabulary) SaveTokenizer(source, vocabulary, folder);
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config.ToJson(type == TensorDataType.F32 ? "float32" : "bfloat16").ToJsonString() + "\n");
        return config;
    }

    /// <summary>The tokenizer with fewer tokens; files with the old numbers go.</summary>
    private static void SaveTokenizer(string source, int[] vocabulary, string folder)
    {
        foreach (var name in new[] { "generation_config.json", "vocab.json", "merges.txt" }) File.Delete(Path.Combine(folder, name));
        Tokenizer.Load(source).Trim(vocabulary).Save(folder);
    }

    /// <summary>The values of a tensor of the smaller model: of its place in the original, the rows or columns that stay.</summary>
    private static float[] Values(ModelCheckpoint checkpoint, PruningPlan plan, TensorSpec spec)
    {
        var parts = spec.Name.Split('.');
        if (parts is not ["model", "layers", var number, ..])
        {
            var whole = checkpoint.ReadSingle(spec.Name);
            var isTable = spec.Role is TensorRole.Embedding or TensorRole.Head;
            return isTable && plan.Vocabulary is { } vocabulary ? Rows(whole, vocabulary, (int)spec.Shape[1]) : whole;
        }
        var layer = plan.Layers[int.Parse(number, CultureInfo.InvariantCulture)];
        parts[2] = $"{layer}";
        if (parts is [_, _, _, "mlp", "experts", var expert, ..] && plan.Experts.TryGetValue(layer, out var experts)) parts[5] = $"{experts[int.Parse(expert, CultureInfo.InvariantCulture)]}";
        var values = checkpoint.ReadSingle(string.Join('.', parts));
        return parts[3..] switch
        {
            ["mlp", "gate_proj" or "up_proj", _] when plan.Channels.TryGetValue(layer, out var channels) => Rows(values, channels, values.Length / Width(checkpoint, parts)),
            ["mlp", "down_proj", "weight"] when plan.Channels.TryGetValue(layer, out var channels) => Columns(values, channels, Width(checkpoint, parts)),
            ["mlp", "gate", _] when plan.Experts.TryGetValue(layer, out var kept) => Rows(values, kept, values.Length / checkpoint.Config.Mixture!.RoutedExperts),
            _ => values,
        };
    }

    private static int Width(ModelCheckpoint checkpoint, string[] parts) => parts[^1] is "weight" or "bias" ? checkpoint.Config.IntermediateSize : throw new InvalidOperationException(string.Join('.', parts));

    private static float[] Rows(float[] values, int[] kept, int width)
    {
        var output = new float[kept.Length * width];
        for (var i = 0; i < kept.Length; i++) values.AsSpan(kept[i] * width, width).CopyTo(output.AsSpan(i * width));
        return output;
    }

    private static float[] Columns(float[] values, int[] kept, int width)
    {
        var rows = values.Length / width;
        var output = new float[rows * kept.Length];
        for (var row = 0; row < rows; row++)
            for (var i = 0; i < kept.Length; i++) output[row * kept.Length + i] = values[row * width + kept[i]];
        return output;
    }
}
