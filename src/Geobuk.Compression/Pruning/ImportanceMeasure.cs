using System.Globalization;
using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Compression.Pruning;

/// <summary>
/// Runs a model over a calibration text and notes what its parts do. The modules of the training compute it, so the model must
/// fit in memory in fp32.
/// </summary>
public static class ImportanceMeasure
{
    private const int Window = 512;

    /// <summary>Measures on token ids.</summary>
    public static ModelImportance Run(string folder, int[] tokens, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        using var model = ModelWeights.Load(folder, device);
        using var still = no_grad();
        model.eval();
        var sums = new Sums(model);
        var length = Math.Min(Window, model.Config.MaxPositions);
        for (var start = 0; start < tokens.Length; start += length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var ids = tokens.AsSpan(start, Math.Min(length, tokens.Length - start)).ToArray();
            using var scope = NewDisposeScope();
            using var batch = new PackedBatch(ids, [.. Enumerable.Range(0, ids.Length)], new int[ids.Length], ids.Length, device);
            model.Hidden(batch);
            progress?.Report(new StepReport("measuring what matters", Math.Min(tokens.Length, start + length), tokens.Length, "tokens"));
        }
        return sums.Result(tokens.Length);
    }

    /// <summary>Listens to the layers.</summary>
    private sealed class Sums
    {
        private readonly double[] _influence;
        private readonly Dictionary<int, double[]> _channels = [];
        private readonly Dictionary<int, double[]> _experts = [];
        private Tensor? _before;

        public Sums(CausalLanguageModel model)
        {
            _influence = new double[model.Config.LayerCount];
            model.Decoder.Observer = Turned;
            var linears = model.LinearLayers().ToDictionary(entry => entry.Name, entry => entry.Layer);
            foreach (var (name, module) in model.named_modules())
            {
                // Experts have longer names.
                if (module is not GatedMlp mlp || name.Split('.') is not ["model", "layers", var number, "mlp"]) continue;
                using var scope = NewDisposeScope();
                // down_proj is [hidden, channels]; the length of a column is what a unit of its channel adds.
                var lengths = Doubles(linears[name + ".down_proj"].Weight.detach().to(float64).square().sum([0L]));
                var sums = _channels[int.Parse(number, CultureInfo.InvariantCulture)] = new double[lengths.Length];
                mlp.Observer = inner => AddChannels(sums, lengths, inner);
            }
            foreach (var (name, mixture) in model.Mixtures())
            {
                var sums = _experts[int.Parse(name.Split('.')[2], CultureInfo.InvariantCulture)] = new double[model.Config.Mixture!.RoutedExperts];
                mixture.OutputObserver = (counts, outputs) => AddExperts(sums, counts, outputs);
            }
        }

        public ModelImportance Result(long tokens) => new()
        {
            Layers = [.. _influence.Select(sum => sum / tokens)],
            Channels = _channels,
            Experts = _experts,
            Tokens = tokens,
        };

        private void Turned(int layer, Tensor hidden)
        {
            using var scope = NewDisposeScope();
            if (layer > 0)
                _influence[layer - 1] += (1 - nn.functional.cosine_similarity(_before!.to(float64), hidden.to(float64), -1)).sum().item<double>();
            _before?.Dispose();
            _before = hidden.detach().clone().DetachFromDisposeScope();
        }

        private static void AddChannels(double[] sums, double[] lengths, Tensor inner)
        {
            using var scope = NewDisposeScope();
            var energy = Doubles(inner.detach().reshape(-1, inner.shape[^1]).to(float64).square().sum([0L]));
            for (var i = 0; i < sums.Length; i++) sums[i] += energy[i] * lengths[i];
        }

        private static void AddExperts(double[] sums, long[] counts, Tensor outputs)
        {
            using var scope = NewDisposeScope();
            var lengths = Doubles(outputs.detach().to(float64).square().sum([-1L]).sqrt());
            var row = 0;
            for (var expert = 0; expert < counts.Length; expert++)
                for (var i = 0L; i < counts[expert]; i++) sums[expert] += lengths[row++];
        }

        private static double[] Doubles(Tensor values) => values.Values<double>();
    }
}
