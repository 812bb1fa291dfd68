using Geobuk.Models;

namespace Geobuk.Tests;

/// <summary>Small models of odd dimensions, drawn at random: what a checkpoint may say beyond the shapes of the released models.</summary>
internal static class RandomShapes
{
    /// <summary>A shape of a family; the same for the same seed.</summary>
    public static ModelConfig Draw(ModelFamily family, int seed)
    {
        var random = new Random(unchecked(seed * 7919 + family.Name.Aggregate(17, (hash, letter) => hash * 31 + letter)));
        var latent = family == ModelFamily.AxK1 || family == ModelFamily.AxK2;
        return latent ? Latent(family, random) : Grouped(family, random);
    }

    private static ModelConfig Grouped(ModelFamily family, Random random)
    {
        var keyValueHeads = random.Next(1, 4);
        var bias = family == ModelFamily.Llama && Coin(random);
        return Common(family, random) with
        {
            HeadCount = keyValueHeads * random.Next(1, 5),
            KeyValueHeadCount = keyValueHeads,
            HeadSize = 2 * random.Next(1, 13),
            QueryKeyValueBias = bias || family == ModelFamily.Qwen2,
            AttentionOutputBias = bias,
            MlpBias = family == ModelFamily.Llama && Coin(random),
        };
    }

    private static ModelConfig Latent(ModelFamily family, Random random)
    {
        var gated = family == ModelFamily.AxK2;
        var rotary = 2 * random.Next(1, 7);
        var latent = new LatentAttentionConfig
        {
            QueryRank = random.Next(3, 31),
            KeyValueRank = random.Next(3, 31),
            PlainHeadSize = random.Next(1, 18),
            RotaryHeadSize = rotary,
            ValueHeadSize = random.Next(1, 18),
            OutputGate = gated && random.Next(4) > 0,
            Indexer = gated && random.Next(4) > 0 ? new IndexerConfig(random.Next(1, 7), rotary + random.Next(0, 15), random.Next(1, 60)) : null,
        };
        var heads = random.Next(1, 8);
        var bias = random.Next(4) == 0;
        var common = Common(family, random);
        var mixture = Mixture(common.LayerCount, random);
        var rank = gated && random.Next(4) > 0 ? random.Next(1, 9) : 0;
        latent = latent with { RotatesHalves = random.Next(3) == 0 };
        if (random.Next(4) == 0) latent = latent with { QueryRank = null, OutputGate = false, Indexer = null };
        return common with
        {
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadSize = latent.KeyHeadSize,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            Latent = latent,
            Mixture = mixture,
            GatedNormRank = rank,
        };
    }

    private static MixtureConfig Mixture(int layers, Random random)
    {
        var groups = random.Next(1, 5);
        var kept = random.Next(1, groups + 1);
        var size = random.Next(groups > 1 ? 2 : 1, 6);
        var dense = random.Next(0, 4);
        return new MixtureConfig
        {
            RoutedExperts = groups * size,
            SharedExperts = random.Next(0, 3),
            ExpertsPerToken = random.Next(1, kept * size + 1),
            IntermediateSize = random.Next(1, 40),
            DenseLayers = [.. Enumerable.Range(0, layers).Where(layer => dense < 3 ? layer < dense : layer % 2 != 0)],
            Groups = groups,
            KeptGroups = kept,
            NormalizeWeights = Coin(random),
            WeightScale = Coin(random) ? 2.5 : 1,
        };
    }

    private static ModelConfig Common(ModelFamily family, Random random) => new()
    {
        Family = family,
        HiddenSize = random.Next(5, 70),
        IntermediateSize = random.Next(3, 90),
        LayerCount = random.Next(1, 5),
        HeadCount = 0,
        KeyValueHeadCount = 0,
        HeadSize = 0,
        VocabularySize = random.Next(11, 140),
        MaxPositions = random.Next(96, 400),
        NormEpsilon = new[] { 1e-6, 1e-5, 1e-3 }[random.Next(3)],
        TieWordEmbeddings = random.Next(3) == 0,
        Rope = Rope(random),
        BosTokenId = 1,
        EosTokenIds = [2],
    };

    private static RopeConfig Rope(Random random)
    {
        var plain = new RopeConfig { Theta = new[] { 100.0, 10_000, 1_000_000 }[random.Next(3)] };
        var scaled = plain with { Factor = 2 + random.Next(7), OriginalMaxPositions = 16 << random.Next(4) };
        return random.Next(6) switch
        {
            0 => scaled with { Scaling = RopeScaling.Linear },
            1 => scaled with { Scaling = RopeScaling.Llama3, LowFrequencyFactor = 1, HighFrequencyFactor = 4 },
            2 => scaled with { Scaling = RopeScaling.Yarn },
            3 => scaled with { Scaling = RopeScaling.Yarn, BetaFast = 16, BetaSlow = 2, MScale = 1, MScaleAllDimensions = random.Next(2) },
            4 => scaled with { Scaling = RopeScaling.Yarn, AttentionFactor = 1.3 },
            _ => plain,
        };
    }

    private static bool Coin(Random random) => random.Next(2) == 0;
}
