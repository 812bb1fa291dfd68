using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests;

/// <summary>Writes a Hugging Face folder as a GGUF file.</summary>
internal static class GgufCopy
{
    /// <summary>Matrices take <paramref name="type"/>, what is small or sensitive stays F32.</summary>
    public static string Write(
        string folder, GgmlType type, Action<Dictionary<string, GgufValue>>? metadata = null, Action<Dictionary<string, (long[] Shape, float[] Values)>>? change = null)
    {
        using var checkpoint = ModelCheckpoint.Open(folder);
        var config = checkpoint.Config;
        var keys = GgufConfigWriter.Keys(config).ToDictionary(entry => entry.Key, entry => entry.Value);
        keys["general.architecture"] = GgufValue.Of(config.Family.Name);
        metadata?.Invoke(keys);
        var layout = ModelLayout.Of(config).Gguf;
        var tensors = layout.ToDictionary(spec => spec.Name, spec => (spec.Shape.ToArray(), Values(checkpoint, spec)));
        change?.Invoke(tensors);
        var single = layout.Where(spec => spec.StaysSingle).Select(spec => spec.Name).ToHashSet();
        var declared = tensors.Select(tensor => new GgufTensorToWrite(
            tensor.Key, tensor.Value.Item1.Length == 1 || single.Contains(tensor.Key) ? GgmlType.F32 : type, [.. tensor.Value.Item1.Reverse()])).ToList();
        var path = Path.Combine(Path.GetTempPath(), $"geobuk-{Guid.NewGuid():N}.gguf");
        using var writer = GgufWriter.Create(path, keys, declared);
        for (var i = 0; i < declared.Count; i++)
        {
            var data = new byte[declared[i].Bytes];
            BlockFormat.Get(declared[i].Type).Encode(tensors[declared[i].Name].Item2, default, data);
            writer.Write(i, 0, data);
        }
        writer.Complete();
        return path;
    }

    private static float[] Values(ModelCheckpoint checkpoint, GgufTensorSpec spec)
    {
        if (spec.Values is not null) return spec.Values;
        var values = new float[spec.Elements];
        for (long row = 0; row < spec.Rows; row++)
            checkpoint.Read(spec.Locate(row), values.AsSpan((int)(row * spec.RowLength), (int)spec.RowLength));
        return values;
    }
}
