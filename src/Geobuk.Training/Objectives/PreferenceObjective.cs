using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>
/// DPO (arXiv:2305.18290): loss = -log sigmoid(m), m = beta ((log p(chosen) - log r(chosen)) - (log p(rejected) - log r(rejected))),
/// with p the model and r the model at the start. The gradient by a token's log-probability is -beta sigmoid(-m) in the chosen
/// text and its opposite in the rejected: weights for the loss core, after one pass that needs no logits kept.
/// </summary>
internal sealed class PreferenceObjective(TrainConfig config) : IObjective
{
    /// <inheritdoc/>
    public double Units(PackedBatch batch) => batch.Rows.Count;

    /// <inheritdoc/>
    public Tensor Backward(CausalLanguageModel model, MicroBatch batch, double scale)
    {
        using var scope = NewDisposeScope();
        var rows = batch.Sequences.Rows;
        var pass = new LayerwisePass(model, batch.Sequences);
        var texts = Texts(batch.Sequences);
        var sums = Sums(ChunkedCrossEntropy.LogProbabilities(model, batch.Sequences, pass.Hidden.detach()), texts, rows.Count);
        using (no_grad())
        {
            var references = tensor(rows.SelectMany(row => new[] { row.References!.Value.First, row.References.Value.Second }).ToArray(), device: sums.device).view(-1, 2);
            var ratios = sums - references;
            var margins = (ratios.select(1, 0) - ratios.select(1, 1)).TimesInPlace(config.DpoBeta);
            var pulls = (-margins).sigmoid().TimesInPlace(config.DpoBeta);
            var weights = stack([pulls, -pulls], 1).flatten().index_select(0, texts).to(float32);
            var loss = nn.functional.softplus(-margins).sum();
            using (enable_grad()) ChunkedCrossEntropy.Sum(model, batch.Sequences, pass, scale, new LossTerms { Weights = weights });
            return loss.MoveToOuterDisposeScope();
        }
    }

    /// <summary>Log-probabilities of (chosen, rejected), float64 [rows, 2], without gradients.</summary>
    public static Tensor LogProbabilities(CausalLanguageModel model, PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        return Sums(ChunkedCrossEntropy.LogProbabilities(model, batch, ChunkedCrossEntropy.Selected(model, batch)), Texts(batch), batch.Rows.Count).MoveToOuterDisposeScope();
    }

    private static Tensor Sums(Tensor logs, Tensor texts, int rows)
    {
        using var still = no_grad();
        return zeros(2L * rows, float64, logs.device).index_add_(0, texts, logs.to(float64), 1).view(rows, 2);
    }

    /// <summary>For every prediction, 2 * row, and one more in the rejected text.</summary>
    private static Tensor Texts(PackedBatch batch) =>
        tensor(batch.Places.Select(place => 2L * place.Row + batch.Rows[place.Row].DocumentIds[place.At]).ToArray(), device: batch.Sources.device);
}
