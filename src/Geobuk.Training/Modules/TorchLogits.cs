using Geobuk.Training.Native;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Logits of whole sequences by the training modules in fp32.</summary>
public static class TorchLogits
{
    /// <summary>One row-major [T, vocabulary] array per sequence.</summary>
    /// <exception cref="Geobuk.Models.UserInputException">The folder is damaged, or an id is out of range.</exception>
    public static IReadOnlyList<float[]> Compute(string folder, IReadOnlyList<int[]> sequences)
    {
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        using var model = ModelWeights.Load(folder, device);
        model.eval();
        CheckIds(sequences, model.Config.VocabularySize);
        return [.. sequences.Select(ids => Compute(model, ids, device))];
    }

    private static float[] Compute(CausalLanguageModel model, int[] ids, Device device)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        using var batch = new PackedBatch(ids, [.. Enumerable.Range(0, ids.Length)], new int[ids.Length], ids.Length, device);
        return ModelWeights.Values(model.Logits(model.Hidden(batch)).to(float32).clone());
    }

    private static void CheckIds(IReadOnlyList<int[]> sequences, int vocabulary)
    {
        foreach (var id in sequences.SelectMany(ids => ids).Where(id => id < 0 || id >= vocabulary))
            throw new Geobuk.Models.UserInputException($"--ids: token id {id}; expected 0 to {vocabulary - 1}, the model's vocabulary. Correct the ids.");
    }
}
