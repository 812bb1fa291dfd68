using System.Globalization;
using System.Text.RegularExpressions;

namespace Geobuk.Training.Forgetting;

/// <summary>Sorts a model's tensors into bands: neighbouring layers from the bottom, and last embeddings, head and final norm.</summary>
internal sealed partial class WeightBands(int layers, int layerBands)
{
    [GeneratedRegex(@"(?:^|\.)layers\.(\d+)\.")]
    private static partial Regex Layer();

    private readonly int _layerBands = Math.Min(layers, layerBands);

    /// <summary>Names for people; a single one where bands are not asked for.</summary>
    public IReadOnlyList<string> Names => _layerBands == 0
        ? ["model"]
        : [.. Enumerable.Range(0, _layerBands).Select(band => $"layers {First(band)} to {First(band + 1) - 1}"), "embeddings and head"];

    /// <summary>Band of a tensor.</summary>
    public int Of(string tensor)
    {
        if (_layerBands == 0) return 0;
        if (Layer().Match(tensor) is not { Success: true } match) return _layerBands;
        var layer = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return Enumerable.Range(0, _layerBands).Last(band => First(band) <= layer);
    }

    private int First(int band) => (int)((long)band * layers / _layerBands);
}
