using Geobuk.Inference;

namespace Geobuk.Evaluation.Metrics;

/// <summary>One engine with its cache, used by one worker at a time.</summary>
internal sealed class EngineLane : IDisposable
{
    public EngineLane(InferenceModel model, int threads)
    {
        Engine = new Engine(model, threads);
        Cache = Engine.CreateCache();
    }

    public Engine Engine { get; }

    public KvCache Cache { get; }

    public void Dispose()
    {
        Cache.Dispose();
        Engine.Dispose();
    }
}
