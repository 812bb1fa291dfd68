using Geobuk.Compression.Calibration;
using Geobuk.Compression.Fitting;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Surgery;
using Geobuk.Models;

namespace Geobuk.Compression;

/// <summary>What a compression is to make of a model.</summary>
public sealed record CompressionOptions
{
    /// <summary>The mix of types; ignored where <see cref="Plan"/> is given.</summary>
    public CompressionPreset Preset { get; init; } = CompressionPreset.Find("q4_k_m");
    /// <summary>The type of every matrix; null takes the preset's.</summary>
    public TypePlan? Plan { get; init; }
    /// <summary>Feed-forward widths may be padded with zeros so that every matrix gets the type meant for it.</summary>
    public bool Surgery { get; init; } = true;
    /// <summary>Weights of the fits; null fits without.</summary>
    public ImportanceMatrix? Importance { get; init; }
    /// <summary>Search scales, minima and codes of a super-block jointly.</summary>
    public bool JointSearch { get; init; }
    /// <summary>Second moments of the inputs; with them the errors of a column are made good by later ones. Null does without.</summary>
    public MomentSet? Moments { get; init; }
    /// <summary>What importance and moments were measured on; only for the card.</summary>
    public IReadOnlyList<CalibrationIdentity> Calibration { get; init; } = [];

    /// <summary>The type of every matrix of a model.</summary>
    internal TypePlan TypesFor(ModelConfig config) => Plan ?? TypePlan.Of(Preset, config, Surgery, Importance is not null);

    /// <summary>A model's configuration as the file will have it, its feed-forward widths padded or not.</summary>
    internal ModelConfig TargetFor(ModelConfig config) => FeedForwardPadding.Pad(config, Surgery ? TypesFor(config).Padding : 1);
}
