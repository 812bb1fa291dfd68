using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Adapters;

/// <summary>
/// Adapters into the weights of their base, and out again, one tensor at a time: memory is some copies of the largest tensor.
/// Linear: W + sum of w_i D_i. TIES (Yadav et al. 2023, arXiv:2306.01708): of each D_i the largest share by magnitude is kept, for
/// every weight the sign with the larger sum is elected, and the mean is over the adapters that agree with it.
/// </summary>
public static class AdapterMerge
{
    /// <summary>Writes the base with the adapters in it as a Hugging Face folder.</summary>
    /// <param name="baseFolder">The base.</param>
    /// <param name="adapters">Adapter folders with their weights.</param>
    /// <param name="density">Share that TIES keeps, 0 to 1; null merges linearly.</param>
    /// <param name="dataType">Of the written weights.</param>
    /// <param name="output">The new folder.</param>
    /// <exception cref="UserInputException">An adapter of another base.</exception>
    public static void Merge(string baseFolder, IReadOnlyList<(string Folder, double Weight)> adapters, double? density, TensorDataType dataType, string output)
    {
        TorchRuntime.Start(TorchOptions.FromEnvironment());
        var deltas = adapters.Select(adapter => (Delta: new AdapterDelta(baseFolder, adapter.Folder), adapter.Weight)).ToList();
        try
        {
            Write(baseFolder, dataType, output, (name, weight) =>
            {
                var changes = deltas.Select(entry => entry.Delta.Of(name, weight) is { } change ? change * entry.Weight : null).OfType<Tensor>().ToList();
                if (changes.Count == 0) return weight;
                return weight + (density is { } kept ? Ties(changes, kept) : changes.Aggregate((sum, change) => sum + change));
            });
            deltas.ForEach(entry => entry.Delta.RequireAllUsed());
        }
        finally
        {
            deltas.ForEach(entry => entry.Delta.Dispose());
        }
    }

    /// <summary>Takes an adapter out of a folder that it was merged into; exact but for the rounding of the stored weights.</summary>
    /// <param name="merged">The folder with the adapter merged in.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="baseFolder">The base, whose digest the adapter names.</param>
    /// <param name="dataType">Of the written weights.</param>
    /// <param name="output">The new folder.</param>
    /// <exception cref="UserInputException">A DoRA adapter: the lengths of the rows that it divided by are in no file.</exception>
    public static void Unmerge(string merged, string adapter, string baseFolder, TensorDataType dataType, string output)
    {
        TorchRuntime.Start(TorchOptions.FromEnvironment());
        using var delta = new AdapterDelta(baseFolder, adapter);
        if (delta.Config.Variant == LoraVariant.Dora)
            throw new UserInputException($"{adapter}: a DoRA adapter; expected LoRA or rsLoRA. What it divided the rows by is in no file, so it cannot be taken out; keep the base.");
        Write(merged, dataType, output, (name, weight) => delta.Of(name, weight) is { } change ? weight - change : weight);
        delta.RequireAllUsed();
    }

    /// <summary>The merged change of several.</summary>
    internal static Tensor Ties(IReadOnlyList<Tensor> changes, double density)
    {
        var trimmed = changes.Select(change => Trim(change, density)).ToList();
        var elected = trimmed.Aggregate((sum, change) => sum + change).sign();
        var (total, count) = (zeros_like(elected), zeros_like(elected));
        foreach (var change in trimmed)
        {
            var agrees = (change.sign() == elected).to(float32) * (change != 0).to(float32);
            total = total + change * agrees;
            count = count + agrees;
        }
        return total / count.clamp_min(1);
    }

    private static Tensor Trim(Tensor change, double density)
    {
        var kept = Math.Max(1, (long)Math.Round(density * change.numel()));
        if (kept >= change.numel()) return change;
        var (largest, _) = change.abs().flatten().topk(checked((int)kept), sorted: true);
        return change * (change.abs() >= largest[-1]).to(float32);
    }

    private static void Write(string source, TensorDataType dataType, string output, Func<string, Tensor, Tensor> change)
    {
        using var checkpoint = ModelCheckpoint.Open(source);
        Directory.CreateDirectory(output);
        var tensors = checkpoint.Tensors.Select(spec => new TensorToWrite(spec.Name, spec.IsCorrection ? TensorDataType.F32 : dataType, spec.Shape, () =>
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            return ModelWeights.Values(change(spec.Name, tensor(checkpoint.ReadSingle(spec.Name), [.. spec.Shape])).clone());
        }));
        SafetensorsWriter.Write(Path.Combine(output, "model.safetensors"), [.. tensors]);
        ModelWeights.WriteCompanions(checkpoint.Config, dataType, source, output);
    }
}
