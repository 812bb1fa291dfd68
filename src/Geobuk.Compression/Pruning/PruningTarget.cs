using Geobuk.Models;

namespace Geobuk.Compression.Pruning;

/// <summary>What a smaller model keeps; null keeps all.</summary>
public sealed record PruningTarget
{
    /// <summary>Decoder layers to take out.</summary>
    public int DropLayers { get; init; }
    /// <summary>Width of the gated MLP of dense layers.</summary>
    public int? FeedForward { get; init; }
    /// <summary>Routed experts of every mixture layer.</summary>
    public int? Experts { get; init; }

    /// <summary>Tokens of the vocabulary at most.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Whether anything goes.</summary>
    public bool IsEmpty => DropLayers == 0 && FeedForward is null && Experts is null && Vocabulary is null;

    /// <summary>Holds the target against a model.</summary>
    /// <exception cref="UserInputException">Everything that the model cannot give.</exception>
    public void Validate(ModelConfig config)
    {
        var problems = new List<string>();
        if (DropLayers < 0 || DropLayers >= config.LayerCount)
            problems.Add($"--drop-layers: is {DropLayers}; expected 0 to {config.LayerCount - 1}, the model has {config.LayerCount} layers. Leave at least one.");
        if (FeedForward is { } width)
        {
            if (config.Mixture is { DenseLayers.Count: 0 }) problems.Add($"--ffn: is {width}; expected none, the model has no dense layers. Use --experts.");
            else if (width < 1 || width > config.IntermediateSize) problems.Add($"--ffn: is {width}; expected 1 to the model's {config.IntermediateSize}. Multiples of 256 quantize best.");
        }
        if (Vocabulary is { } vocabulary && (vocabulary < 1 || vocabulary > config.VocabularySize))
            problems.Add($"--vocab: is {vocabulary}; expected 1 to the model's {config.VocabularySize}. Multiples of 64 are usual.");
        if (Experts is { } experts) CheckExperts(config, experts, problems);
        if (problems.Count > 0) throw new UserInputException(problems);
    }

    /// <summary>The fewest experts: the router picks from the kept groups, which must hold as many as a token takes.</summary>
    internal static int FewestExperts(MixtureConfig mixture) =>
        mixture.Groups * Math.Max(mixture.Groups > 1 ? 2 : 1, (mixture.ExpertsPerToken + mixture.KeptGroups - 1) / mixture.KeptGroups);

    private static void CheckExperts(ModelConfig config, int experts, List<string> problems)
    {
        if (config.Mixture is not { } mixture)
        {
            problems.Add($"--experts: is {experts}; expected none, the model has no experts. Use --ffn or --drop-layers.");
            return;
        }
        var least = FewestExperts(mixture);
        if (experts < least || experts > mixture.RoutedExperts || experts % mixture.Groups != 0)
            problems.Add($"--experts: is {experts}; expected a multiple of {mixture.Groups} from {least} to {mixture.RoutedExperts}: a token chooses {mixture.ExpertsPerToken} out of {mixture.KeptGroups} of {mixture.Groups} groups. Correct the number.");
    }
}
