using System.Text.Json.Serialization;
using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Metrics;

/// <summary>Loss of a model on a set of documents.</summary>
public sealed record PerplexityResult
{
    /// <summary>With fewer documents than this, windows are resampled instead of documents.</summary>
    public const int FewDocuments = 20;

    /// <summary>Documents measured.</summary>
    public required int Documents { get; init; }
    /// <summary>UTF-8 bytes of the scored tokens.</summary>
    public required long Bytes { get; init; }
    /// <summary>Losses by window, in the order of the documents.</summary>
    public required IReadOnlyList<WindowLoss> Losses { get; init; }

    /// <summary>Tokens scored.</summary>
    [JsonIgnore]
    public long Tokens => Losses.Sum(loss => (long)loss.Tokens);

    /// <summary>Σ −log p in nats.</summary>
    [JsonIgnore]
    public double Nats => Losses.Sum(loss => loss.Nats);

    /// <summary>exp of the mean loss per token.</summary>
    [JsonIgnore]
    public double Perplexity => Math.Exp(Nats / Tokens);

    /// <summary>Bits per UTF-8 byte: comparable between models whose tokenizers differ.</summary>
    [JsonIgnore]
    public double BitsPerByte => Nats / Math.Log(2) / Bytes;

    /// <summary>Perplexity with a 95 % bootstrap interval over documents.</summary>
    public DifferenceInterval PerplexityInterval() => Exponential(PairedBootstrap.Difference(Units(this)));

    /// <summary>
    /// Perplexity of <paramref name="later"/> divided by that of <paramref name="earlier"/> with a 95 % paired bootstrap
    /// interval over the documents that both read.
    /// </summary>
    public static DifferenceInterval Ratio(PerplexityResult earlier, PerplexityResult later)
    {
        if (earlier.Losses.Count != later.Losses.Count || earlier.Tokens != later.Tokens)
            throw new ArgumentException("Both models must have read the same tokens.", nameof(later));
        return Exponential(PairedBootstrap.Difference(Units(later, earlier)));
    }

    private static List<PairedUnit> Units(PerplexityResult result, PerplexityResult? earlier = null) =>
    [
        .. result.Losses.Select((loss, i) => (Loss: loss, Before: earlier?.Losses[i].Nats ?? 0, Index: i))
            .GroupBy(pair => result.Documents < FewDocuments ? pair.Index : pair.Loss.Document)
            .Select(group => new PairedUnit(group.Sum(p => p.Loss.Tokens), group.Sum(p => p.Before), group.Sum(p => p.Loss.Nats))),
    ];

    private static DifferenceInterval Exponential(DifferenceInterval nats) => new(Math.Exp(nats.Value), Math.Exp(nats.Low), Math.Exp(nats.High));
}
