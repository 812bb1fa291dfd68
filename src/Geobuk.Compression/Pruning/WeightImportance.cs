using System.Globalization;
using Geobuk.Models.Layouts;

namespace Geobuk.Compression.Pruning;

/// <summary>Importance that looks at no text: what pruning by activations is measured against.</summary>
public static class WeightImportance
{
    private const int Seed = 17;

    /// <summary>Of a layer, channel or expert: the mean square of the weights that go with it.</summary>
    public static ModelImportance OfMagnitudes(string folder)
    {
        using var checkpoint = ModelCheckpoint.Open(folder);
        var layers = new (double Squares, long Count)[checkpoint.Config.LayerCount];
        var channels = new Dictionary<int, double[]>();
        var experts = new Dictionary<int, double[]>();
        foreach (var spec in checkpoint.Tensors.Where(spec => spec.Shape.Count == 2 && spec.Name.StartsWith("model.layers.", StringComparison.Ordinal)))
        {
            var parts = spec.Name.Split('.');
            var layer = int.Parse(parts[2], CultureInfo.InvariantCulture);
            var values = checkpoint.ReadSingle(spec.Name);
            var squares = values.Sum(value => (double)value * value);
            layers[layer] = (layers[layer].Squares + squares, layers[layer].Count + values.Length);
            if (parts[3..] is ["mlp", "gate_proj" or "up_proj" or "down_proj", _])
                AddChannels(Room(channels, layer, checkpoint.Config.IntermediateSize), values, (int)spec.Shape[1], byRow: parts[4] != "down_proj");
            if (parts[3..] is ["mlp", "experts", var number, ..])
                Room(experts, layer, checkpoint.Config.Mixture!.RoutedExperts)[int.Parse(number, CultureInfo.InvariantCulture)] += squares;
        }
        return new ModelImportance { Layers = [.. layers.Select(layer => layer.Squares / layer.Count)], Channels = channels, Experts = experts, Tokens = 0 };
    }

    /// <summary>Drawn anew for every part, with a fixed seed.</summary>
    public static ModelImportance Random(string folder)
    {
        using var checkpoint = ModelCheckpoint.Open(folder, headersOnly: true);
        var (config, random) = (checkpoint.Config, new Random(Seed));
        var all = Enumerable.Range(0, config.LayerCount).ToList();
        return new ModelImportance
        {
            Layers = Draw(config.LayerCount),
            Channels = all.Where(layer => !config.IsMixture(layer)).ToDictionary(layer => layer, _ => Draw(config.IntermediateSize)),
            Experts = all.Where(config.IsMixture).ToDictionary(layer => layer, _ => Draw(config.Mixture!.RoutedExperts)),
            Tokens = 0,
        };

        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
    }

    private static double[] Room(Dictionary<int, double[]> importance, int layer, int count)
    {
        if (!importance.TryGetValue(layer, out var values)) importance[layer] = values = new double[count];
        return values;
    }

    private static void AddChannels(double[] channels, float[] values, int width, bool byRow)
    {
        for (var i = 0; i < values.Length; i++) channels[byRow ? i / width : i % width] += (double)values[i] * values[i];
    }
}
