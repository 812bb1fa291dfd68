namespace Geobuk.Training.Modules;

/// <summary>The layers' caches of a batch of sequences that grow together, for decoding token by token.</summary>
public sealed class DecoderCache(int layers) : IDisposable
{
    private readonly LayerCache[] _layers = [.. Enumerable.Range(0, layers).Select(_ => new LayerCache())];

    /// <summary>Tokens held of every sequence.</summary>
    public int Length { get; internal set; }

    /// <summary>The cache of a layer.</summary>
    public LayerCache this[int layer] => _layers[layer];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}
