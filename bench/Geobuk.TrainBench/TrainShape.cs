using Geobuk.Models;
using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.TrainBench;

/// <summary>A model's shape and the batch that it trains on; bench/train_torch.py has the same.</summary>
internal sealed record TrainShape(ModelConfig Config, int SequenceLength, int Rows, int MicroBatches)
{
    public int TokensPerStep => SequenceLength * Rows * MicroBatches;

    public long Parameters => Matrices + (long)Config.VocabularySize * Config.HiddenSize + (2L * Config.LayerCount + 1) * Config.HiddenSize;

    /// <summary>6 for every weight in a product (the embedding is none), and attention over the half of the keys that come before: 6 layers hidden length.</summary>
    public double FlopsPerToken => 6.0 * Matrices + 6.0 * Config.LayerCount * Config.HiddenSize * SequenceLength;

    private long Matrices => Config.LayerCount * (4L * Config.HiddenSize * Config.HiddenSize + 3L * Config.HiddenSize * Config.IntermediateSize) + (long)Config.HiddenSize * Config.VocabularySize;

    public static TrainShape Named(string name) => name switch
    {
        "100m" => new TrainShape(Llama(768, 2048, 12, 12, 8192, 1024), 1024, 2, 2),
        "ax-pico" => new TrainShape(Llama(256, 768, 4, 4, 6144, 512), 512, 8, 1),
        "1b" => new TrainShape(Llama(2048, 5632, 22, 16, 32000, 2048), 2048, 8, 1),
        _ => throw new ArgumentException($"{name}: expected 100m, ax-pico or 1b"),
    };

    /// <summary>Matrices normal, drawn where the model is; <see cref="ModelWeights.Initialize"/> draws on the processor, one by one.</summary>
    public static void Fill(CausalLanguageModel model)
    {
        using var still = no_grad();
        manual_seed(1);
        foreach (var parameter in model.parameters().Where(parameter => parameter.shape.Length == 2)) nn.init.normal_(parameter, 0, model.Config.InitializerRange);
    }

    /// <summary>Whole documents as long as a row.</summary>
    public PackedBatch Batch(int index, Device device)
    {
        var random = new Random(index);
        var tokens = Enumerable.Range(0, SequenceLength * Rows).Select(_ => random.Next(Config.VocabularySize)).ToArray();
        return new PackedBatch(tokens, [.. tokens.Select((_, i) => i % SequenceLength)], new int[tokens.Length], SequenceLength, device);
    }

    private static ModelConfig Llama(int hidden, int inner, int layers, int heads, int vocabulary, int positions) => new()
    {
        Family = ModelFamily.Llama,
        HiddenSize = hidden,
        IntermediateSize = inner,
        LayerCount = layers,
        HeadCount = heads,
        KeyValueHeadCount = heads,
        HeadSize = hidden / heads,
        VocabularySize = vocabulary,
        MaxPositions = positions,
        NormEpsilon = 1e-5,
        Rope = new RopeConfig { Theta = 10000 },
        BosTokenId = 0,
        EosTokenIds = [0],
    };
}
