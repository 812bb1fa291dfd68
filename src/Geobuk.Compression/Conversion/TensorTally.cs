namespace Geobuk.Compression.Conversion;

/// <summary>What was lost in a tensor, gathered from its pieces; thread-safe.</summary>
internal sealed class TensorTally(long rows)
{
    private readonly Lock _lock = new();
    private double _squares, _errors;
    private long _left = rows;

    /// <summary>Root mean square of the error over that of the values; 0 for zeros.</summary>
    public double RelativeError => _squares > 0 ? Math.Sqrt(_errors / _squares) : 0;

    /// <summary>SHA-256 of the data, once it is whole.</summary>
    public string Digest { get; set; } = "";

    /// <summary>Counts a piece of so many rows; true for the last.</summary>
    public bool Add(ReadOnlySpan<float> values, ReadOnlySpan<float> decoded, long pieceRows)
    {
        var (squares, errors) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            squares += (double)values[i] * values[i];
            var difference = (double)values[i] - decoded[i];
            errors += difference * difference;
        }
        lock (_lock)
        {
            _squares += squares;
            _errors += errors;
            return (_left -= pieceRows) == 0;
        }
    }
}
