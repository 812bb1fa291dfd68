using System.Security.Cryptography;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Conversion;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Compression.Tuning;

/// <summary>
/// The last step of a compression: codes, scales and minima stay as they were fitted, and the f16 factors of the blocks, together with the
/// norms, learn from the original's whole next-token distribution on calibration text (distillation, Hinton, Vinyals and Dean 2015,
/// arXiv:1503.02531; of what block-wise tuning methods train, the part that a file of fixed types can hold). The size of the file does not
/// change. Every tenth group of sequences is kept apart, and the outcome is kept only if it is nearer to the original on those.
/// In memory stand the original, the light model and its gradients, 12 bytes a weight, and 12 bytes a factor.
/// </summary>
public static class FactorTuning
{
    private const int Together = 4, HeldOutEvery = 10;
    private const double Rate = 1e-3;

    /// <summary>Tokens of text that so many steps learn from once, with those that are kept apart.</summary>
    public static long Tokens(int steps) => (long)steps * Together * ImportanceGathering.SequenceLength * HeldOutEvery / (HeldOutEvery - 1) + ImportanceGathering.SequenceLength * Together;

    /// <summary>Compresses as <see cref="ModelCompressor"/> does, and then tunes; the file appears under its name when it is whole.</summary>
    /// <param name="modelFolder">The original.</param>
    /// <param name="options">What to make of it.</param>
    /// <param name="text">Text of the kind that the model will work on; it is read again from the start where it is too short.</param>
    /// <param name="steps">Steps of four sequences.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="progress">Weights, then steps.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="UserInputException">As in <see cref="ModelCompressor"/>, or the text is too short to keep a part of it apart.</exception>
    public static CompressResult Write(string modelFolder, CompressionOptions options, CalibrationText text, int steps, string path, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var groups = text.Sequences.Chunk(Together).ToList();
        var heldOut = groups.Where((_, index) => index % HeldOutEvery == 0).ToList();
        var learnt = groups.Where((_, index) => index % HeldOutEvery != 0).ToList();
        if (learnt.Count == 0)
            throw new UserInputException($"{text.Name}: {text.Tokens} tokens in {text.Sequences.Count} sequences; expected more than {Together} sequences, so that some can be kept apart. Add text, or leave the tuning out.");
        var untuned = path + ".untuned";
        try
        {
            var result = ModelCompressor.Write(modelFolder, options, untuned, progress, cancellationToken);
            using var file = GgufFile.Open(untuned);
            var device = TorchRuntime.Start(TorchOptions.FromEnvironment() with { Device = "cpu" });
            using var original = ModelWeights.Load(modelFolder, device);
            original.eval();
            using var light = new CausalLanguageModel(options.TargetFor(original.Config), device);
            light.eval();
            var tensors = Attach(light, file);
            var before = Divergence(original, light, heldOut, device);
            for (var step = 1; step <= steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new StepReport("tuning", step - 1, steps, "steps"));
                Learn(original, light, tensors, learnt[(step - 1) % learnt.Count], Rate * 0.5 * (1 + Math.Cos(Math.PI * (step - 1) / steps)), step, device);
            }
            var after = Divergence(original, light, heldOut, device);
            var tuning = new TuningResult(steps, learnt.Sum(Count), heldOut.Sum(Count), before, after, after < before);
            if (tuning.Kept) result = Describe(result, modelFolder, options, tensors);
            AtomicFile.Write(path, stream =>
            {
                using (var source = File.OpenRead(untuned)) source.CopyTo(stream);
                foreach (var tensor in tensors.Where(_ => tuning.Kept))
                {
                    stream.Position = tensor.Tensor.Offset;
                    stream.Write(tensor.Data);
                }
            });
            return result with { Tuning = tuning };
        }
        finally
        {
            File.Delete(untuned);
        }
    }

    private static long Count(int[][] sequences) => sequences.Sum(sequence => (long)sequence.Length);

    private static List<TunedTensor> Attach(CausalLanguageModel light, GgufFile file)
    {
        using var still = no_grad();
        var parameters = light.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter);
        var tensors = ModelLayout.Of(light.Config).Gguf.Where(spec => spec.Values is null)
            .Select(spec => (Spec: spec, Place: file.Find(spec.Name)))
            .Select(entry => new TunedTensor(entry.Spec, entry.Place, file.Data(entry.Place).ToArray(), parameters)).ToList();
        var learning = tensors.Where(tensor => tensor.Learning > 0).SelectMany(tensor => tensor.Spec.Sources).ToHashSet();
        foreach (var (name, parameter) in parameters) parameter.requires_grad = learning.Contains(name);
        return tensors;
    }

    private static void Learn(CausalLanguageModel original, CausalLanguageModel light, List<TunedTensor> tensors, int[][] sequences, double rate, int step, Device device)
    {
        using var scope = NewDisposeScope();
        using var batch = Batch(sequences, device);
        ChunkedCrossEntropy.Backward(light, batch, 1.0 / batch.PredictionCount, new LossTerms { Teacher = original, Replayed = batch });
        using var still = no_grad();
        foreach (var tensor in tensors) tensor.Learn(rate, step);
        light.zero_grad();
    }

    /// <summary>Mean KL divergence of the light model from the original, nats per token.</summary>
    private static double Divergence(CausalLanguageModel original, CausalLanguageModel light, List<int[][]> groups, Device device)
    {
        using var still = no_grad();
        var (sum, count) = (0.0, 0L);
        foreach (var sequence in groups.SelectMany(group => group))
        {
            using var scope = NewDisposeScope();
            using var batch = Batch([sequence], device);
            var wanted = nn.functional.log_softmax(original.Logits(original.Hidden(batch)), -1);
            var given = nn.functional.log_softmax(light.Logits(light.Hidden(batch)), -1);
            sum += (wanted.exp() * (wanted - given)).sum(float64).item<double>();
            count += sequence.Length;
        }
        return sum / count;
    }

    /// <summary>Sequences side by side, of whose every token the original says what follows.</summary>
    private static PackedBatch Batch(int[][] sequences, Device device)
    {
        var length = sequences[0].Length;
        return new PackedBatch([.. sequences.SelectMany(sequence => sequence)], [.. sequences.SelectMany(_ => Enumerable.Range(0, length))],
            [.. sequences.SelectMany((_, index) => Enumerable.Repeat(index, length))], length, device, [.. Enumerable.Repeat(true, sequences.Length * length)]);
    }

    /// <summary>Errors and digests of the tensors as they are now.</summary>
    private static CompressResult Describe(CompressResult result, string modelFolder, CompressionOptions options, List<TunedTensor> tensors)
    {
        using var checkpoint = ModelCheckpoint.Open(modelFolder);
        var plan = TensorPlan.Of(checkpoint.Config, options.TargetFor(checkpoint.Config), options.TypesFor(checkpoint.Config)).ToDictionary(tensor => tensor.Target.Name);
        var tuned = tensors.ToDictionary(tensor => tensor.Spec.Name);
        return result with { Tensors = [.. result.Tensors.Select(tensor => tuned.TryGetValue(tensor.Name, out var found) ? Describe(tensor, checkpoint, plan[tensor.Name], found.Data) : tensor)] };
    }

    private static CompressedTensor Describe(CompressedTensor tensor, ModelCheckpoint checkpoint, PlannedTensor planned, byte[] data)
    {
        var format = BlockFormat.Get(planned.Target.Type);
        var tally = new TensorTally(planned.Rows);
        var (values, decoded, bytes) = (new float[planned.Columns], new float[planned.Columns], (int)format.Bytes(planned.Columns));
        for (var row = 0L; row < planned.Rows; row++)
        {
            TensorEncoder.Read(checkpoint, planned, row, values);
            format.Decode(data.AsSpan((int)(row * bytes), bytes), decoded);
            tally.Add(values, decoded, 1);
        }
        return tensor with { Error = tally.RelativeError, Sha256 = Convert.ToHexStringLower(SHA256.HashData(data)) };
    }
}
