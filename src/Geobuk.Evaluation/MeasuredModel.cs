using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Reports;
using Geobuk.Inference;

namespace Geobuk.Evaluation;

/// <summary>A model of the evaluation, opened when a part of it is first missing.</summary>
internal sealed class MeasuredModel(string name, string path) : IDisposable
{
    private InferenceModel? _model;
    private EngineLanes? _lanes;

    public string Name => name;

    public InferenceModel Model => _model ??= InferenceModel.Load(path);

    public EngineLanes Lanes => _lanes ??= new EngineLanes(Model);

    /// <summary>Measured after everything else of the model, when its code paths are warm and its lanes are gone.</summary>
    public SpeedResult Speed(int prompt, int generate, CancellationToken cancellationToken)
    {
        _lanes?.Dispose();
        _lanes = null;
        var generated = Math.Clamp(generate, 2, Math.Max(2, Model.ContextLength - 1));
        var prompted = Math.Clamp(prompt, 1, Math.Max(1, Model.ContextLength - generated));
        var speed = EngineBenchmark.Run(Model, prompted, generated, repeat: 3, cancellationToken: cancellationToken);
        return new SpeedResult(
            Model.FileBytes, Model.ParameterCount, Model.LoadTime.TotalSeconds,
            speed.PrefillTokensPerSecond, speed.DecodeTokensPerSecond, speed.KernelPath);
    }

    public void Dispose()
    {
        _lanes?.Dispose();
        _model?.Dispose();
    }
}
