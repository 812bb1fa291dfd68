using Geobuk.Inference;
using Geobuk.Inference.Sampling;

namespace Geobuk.Server.Hosting;

/// <summary>Lets requests into a model's engine while its queue has room and the predicted wait is bearable, and turns the rest away at once.</summary>
internal sealed class AdmissionGate(Engine engine, ServerOptions options)
{
    private const double Smoothing = 0.2;
    private readonly Lock _lock = new();
    private double _meanSeconds = 1;

    /// <summary>What the engine is busy with.</summary>
    public EngineLoad Load() => engine.Load();

    /// <summary>Begins a generation; null where it is turned away.</summary>
    public Generation? TryEnter(int[] prompt, SamplingParameters sampling, GenerationOptions generation)
    {
        // One at a time, or two could take the last place of the queue.
        lock (_lock)
        {
            var load = engine.Load();
            if (load.Running + load.Waiting >= engine.Parallel + options.QueueLimit) return null;
            if (load.Running > 0 && Wait(load) + engine.PredictPrefillSeconds(prompt.Length) > options.RequestTimeout.TotalSeconds) return null;
            return engine.Start(prompt, sampling, generation);
        }
    }

    /// <summary>Seconds until a request that came now would run.</summary>
    public double PredictedWait() => Wait(engine.Load());

    /// <summary>Seconds after which trying again makes sense.</summary>
    public int RetryAfter() => Math.Clamp((int)Math.Ceiling(PredictedWait() / Math.Max(1, engine.Load().Waiting + 1)), 1, 120);

    /// <summary>Learns how long a request took from its place to its end.</summary>
    public void Leave(double seconds)
    {
        lock (_lock) _meanSeconds += Smoothing * (seconds - _meanSeconds);
    }

    /// <summary>What is still to be read, and for a full house a mean request for each turn of the places.</summary>
    private double Wait(EngineLoad load)
    {
        var free = load.Running + load.Waiting < engine.Parallel;
        lock (_lock) return engine.PredictPrefillSeconds(load.UnreadTokens) + (free ? 0 : _meanSeconds * (load.Waiting + 1) / engine.Parallel);
    }
}
