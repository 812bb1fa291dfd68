using Geobuk.Corpus.Packing;
using Geobuk.Models;

namespace Geobuk.Training.Data;

/// <summary>
/// Pairs of a chosen and a rejected answer: one row each, the chosen text first and the rejected one behind it as another
/// document. Pairs that do not fit a row are left out and counted.
/// </summary>
internal sealed class PreferenceRows : IRowSource
{
    private readonly List<(WeightedTokens Chosen, WeightedTokens Rejected)> _pairs = [];
    private readonly int _length, _seed;

    /// <summary>Reads and encodes the files.</summary>
    /// <exception cref="UserInputException">A line that is no pair, or no pair that fits.</exception>
    public PreferenceRows(IReadOnlyList<string> paths, ChatEncoder encoder, int length, int seed)
    {
        (_length, _seed) = (length, seed);
        foreach (var (place, line) in JsonLines.Read(paths))
        {
            var prompt = JsonLines.Messages(line, "prompt", place);
            var pair = (Answer("chosen"), Answer("rejected"));
            if (pair.Item1.Ids.Length + pair.Item2.Ids.Length <= length) _pairs.Add(pair);
            else TooLong++;

            WeightedTokens Answer(string key) => encoder.EncodeAnswer(prompt, JsonLines.Messages(line, key, place), line["tools"], place);
        }
        if (_pairs.Count == 0)
            throw new UserInputException($"{string.Join(", ", paths)}: no pair of at most train.sequence_length ({length}) tokens together, {TooLong} longer ones; expected at least one. Raise train.sequence_length.");
    }

    /// <summary>Pairs left out.</summary>
    public int TooLong { get; }

    /// <summary>Log-probabilities of (chosen, rejected) by the model that training started from, by pair; set before the first row is asked for with them.</summary>
    public double[]? References { get; set; }

    /// <inheritdoc/>
    public int Count(int epoch) => _pairs.Count;

    /// <summary>Pair <paramref name="pair"/> as a row.</summary>
    public PackedTokens Row(int pair) => RowBuilder.Build([_pairs[pair].Chosen, _pairs[pair].Rejected], _length) with
    {
        References = References is { } all ? (all[2 * pair], all[2 * pair + 1]) : null,
    };

    /// <inheritdoc/>
    public PackedTokens Get(int epoch, int index)
    {
        // A random order of the epoch by sorting random keys; cheap beside what follows.
        if (_order?.Epoch != epoch)
        {
            var random = new CounterRandom(_seed, $"preference order {epoch}");
            _order = (epoch, [.. Enumerable.Range(0, _pairs.Count).OrderBy(pair => random.Bits(pair))]);
        }
        return Row(_order.Value.Pairs[index]);
    }

    private (int Epoch, int[] Pairs)? _order;
}
