using System.Security.Cryptography;
using System.Text;

namespace Geobuk.Compression.Fitting;

/// <summary>Second moments of the inputs of a model's matrices, by GGUF name.</summary>
public sealed class MomentSet
{
    private const double Damping = 0.01;

    private readonly IReadOnlyDictionary<string, InputMoments> _moments;

    internal MomentSet(IReadOnlyDictionary<string, InputMoments> moments) => _moments = moments;

    /// <summary>Factors of error feedback for a matrix of so many columns, [columns, columns]; null where it was not observed.</summary>
    internal float[]? Factors(string name, int columns) =>
        _moments.TryGetValue(name, out var moments) && moments.Columns <= columns ? moments.FeedbackFactors(columns, Damping) : null;

    /// <summary>Adds what identifies the moments.</summary>
    internal void AppendTo(IncrementalHash hash)
    {
        foreach (var (name, moments) in _moments.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            moments.AppendTo(hash);
        }
    }
}
