using System.Numerics;

namespace Geobuk.Compression.Conversion;

/// <summary>What was lost in a tensor, gathered from its pieces; thread-safe.</summary>
internal sealed class TensorTally(long rows)
{
    private double? _known;
    private const int Run = 256;

    private readonly Lock _lock = new();
    private double _squares, _errors;
    private long _left = rows;

    /// <summary>Root mean square of the error over that of the values; 0 for zeros.</summary>
    public double RelativeError => _known ?? (_squares > 0 ? Math.Sqrt(_errors / _squares) : 0);

    /// <summary>SHA-256 of the data, once it is whole.</summary>
    public string Digest { get; set; } = "";

    /// <summary>The tensor was finished before.</summary>
    public void Adopt(string digest, double error) => (Digest, _known) = (digest, error);

    /// <summary>Counts a piece of so many rows; true for the last.</summary>
    public bool Add(ReadOnlySpan<float> values, ReadOnlySpan<float> decoded, long pieceRows)
    {
        var (squares, errors) = (0.0, 0.0);
        for (var first = 0; first < values.Length; first += Run)
        {
            var length = Math.Min(Run, values.Length - first);
            var (square, error) = Sums(values.Slice(first, length), decoded.Slice(first, length));
            squares += square;
            errors += error;
        }
        lock (_lock)
        {
            _squares += squares;
            _errors += errors;
            return (_left -= pieceRows) == 0;
        }
    }

    /// <summary>Of a run short enough for single precision.</summary>
    private static (double Squares, double Errors) Sums(ReadOnlySpan<float> values, ReadOnlySpan<float> decoded)
    {
        var (squares, errors) = (Vector<float>.Zero, Vector<float>.Zero);
        var i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            var value = new Vector<float>(values[i..]);
            var difference = value - new Vector<float>(decoded[i..]);
            squares += value * value;
            errors += difference * difference;
        }
        var (square, error) = ((double)Vector.Sum(squares), (double)Vector.Sum(errors));
        for (; i < values.Length; i++)
        {
            square += (double)values[i] * values[i];
            error += Math.Pow((double)values[i] - decoded[i], 2);
        }
        return (square, error);
    }
}
