using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// What a layer keeps of earlier tokens: keys and values; for latent attention the normed latents, the rotated key parts and the
/// indexer's keys.
/// </summary>
public sealed class LayerCache : IDisposable
{
    private readonly Dictionary<string, Tensor> _parts = [];

    /// <summary>Adds rows along <paramref name="dimension"/> and returns all of them.</summary>
    public Tensor Extend(string part, Tensor rows, long dimension)
    {
        var all = _parts.TryGetValue(part, out var earlier) ? cat([earlier, rows], dimension) : rows;
        _parts[part] = all.detach().clone().DetachFromDisposeScope();
        earlier?.Dispose();
        return all;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in _parts.Values) part.Dispose();
        _parts.Clear();
    }
}
