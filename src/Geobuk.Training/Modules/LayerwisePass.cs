using Geobuk.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// A forward pass that is cut before every layer, so that its backward pass goes layer by layer: what autograd kept of a layer is gone
/// before the one below it is reached. With activation checkpointing (Chen et al. 2016, arXiv:1604.06174) only the layers' inputs are kept,
/// and every layer is computed once more on the way back. Operations and their order are those of one uncut pass, so the gradients are the
/// same bit for bit. All tensors live in the caller's scope.
/// </summary>
internal sealed class LayerwisePass
{
    private readonly CausalLanguageModel _model;
    private readonly AttentionInputs _inputs;
    private readonly Tensor _embedded;
    // What enters each layer and, last, the final norm; leaves, at which each piece of the backward pass stops.
    private readonly List<Tensor> _entering = [];
    // What leaves each layer, with its graph; null where it will be computed again.
    private readonly List<Tensor?> _leaving = [];

    /// <summary>Runs the model over a batch.</summary>
    public LayerwisePass(CausalLanguageModel model, PackedBatch batch)
    {
        _model = model;
        var stack = model.Decoder;
        _embedded = stack.Embed(batch.InputIds);
        _inputs = stack.Inputs(_embedded, batch.Positions, batch.Mask, batch.Documents);
        _entering.Add(_embedded.detach().requires_grad_(_embedded.requires_grad));
        foreach (var layer in stack.Layers)
        {
            var entering = _entering[^1];
            Seed(_leaving.Count);
            var leaving = model.ActivationCheckpointing ? Bare(layer, entering) : layer.forward(entering, _inputs);
            var learns = entering.requires_grad || layer.parameters().Any(parameter => parameter.requires_grad);
            _entering.Add(leaving.detach().requires_grad_(learns));
            _leaving.Add(model.ActivationCheckpointing ? null : leaving);
            if (model.ActivationCheckpointing) leaving.Dispose();
        }
        Hidden = stack.FinalNorm.forward(_entering[^1]).view(-1, model.Config.HiddenSize).index_select(0, batch.Sources);
    }

    /// <summary>Final hidden states of the tokens that predict, [predictions, H].</summary>
    public Tensor Hidden { get; }

    /// <summary>Adds the gradients of everything that learns below the head, given that of <see cref="Hidden"/>; once only.</summary>
    public void Backward(Tensor gradient)
    {
        if (Hidden.requires_grad) Hidden.backward([gradient]);
        for (var index = _leaving.Count - 1; index >= 0 && _entering[index + 1].requires_grad; index--)
        {
            using var scope = NewDisposeScope();
            var leaving = _leaving[index] ?? Again(index);
            leaving.backward([_entering[index + 1].grad!]);
            leaving.Dispose();
            _entering[index + 1].Dispose();
            _model.GradientsDone?.Invoke(_model.Decoder.Layers[index]);
        }
        if (_embedded.requires_grad) _embedded.backward([_entering[0].grad!]);
    }

    private Tensor Bare(DecoderLayer layer, Tensor entering)
    {
        using var still = no_grad();
        return layer.forward(entering, _inputs);
    }

    private Tensor Again(int index)
    {
        Seed(index);
        return _model.Decoder.Layers[index].ForwardAgain(_entering[index], _inputs);
    }

    /// <summary>A layer draws the same dropout whenever it is computed.</summary>
    private void Seed(int layer)
    {
        if (_model.DropoutSeed is not { } seed) return;
        var own = (long)(SplitMix64.Mix((ulong)seed ^ (ulong)layer) >> 1);
        manual_seed(own);
        // The library's seed is the processor's alone.
        if (_embedded.device_type == DeviceType.CUDA) cuda.manual_seed_all(own);
    }
}
