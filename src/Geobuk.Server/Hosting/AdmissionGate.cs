using Geobuk.Inference;
using Geobuk.Inference.Sampling;

namespace Geobuk.Server.Hosting;

/// <summary>Lets requests into a model's engine while its queue has room and the predicted wait is bearable, and turns the rest away at once.</summary>
internal sealed class AdmissionGate(Engine engine, ServerOptions options)
{
    private const double Smoothing = 0.2;
    private readonly Lock _lock = new();
    // As many texts are read at once as are answered.
    private readonly PlaceQueue _reading = new(engine.Parallel, TimeProvider.System);
    private double _meanSeconds = 1;
    private long _readingTokens;

    /// <summary>What the engine is busy with, texts that are only read among it.</summary>
    public EngineLoad Load()
    {
        var load = engine.Load();
        lock (_lock) return load with { Running = load.Running + _reading.Running, Waiting = load.Waiting + _reading.Waiting, UnreadTokens = load.UnreadTokens + _readingTokens };
    }

    /// <summary>Answers that may run and wait together.</summary>
    public int Places => engine.Parallel + options.QueueLimit;

    /// <summary>Begins the answers of a request, with so many different tokens to read; null where they are turned away.</summary>
    public List<Generation>? TryEnter(IReadOnlyList<(int[] Prompt, SamplingParameters Sampling)> answers, int tokens, GenerationOptions whom)
    {
        // One request at a time, or two could take the last place of the queue.
        lock (_lock)
        {
            if (!HasRoom(tokens, answers.Count)) return null;
            var begun = new List<Generation>();
            try
            {
                foreach (var (prompt, sampling) in answers) begun.Add(engine.Start(prompt, sampling, whom));
                return begun;
            }
            catch
            {
                begun.ForEach(generation => generation.Dispose());
                throw;
            }
        }
    }

    /// <summary>A place for texts that are read and not answered; null where they are turned away.</summary>
    public ReadingPlace? TryRead(int tokens)
    {
        lock (_lock)
        {
            if (!HasRoom(tokens)) return null;
            _readingTokens += tokens;
            return new ReadingPlace(this, _reading.TryEnter()!, tokens);
        }
    }

    /// <summary>A text's tokens are read, or never will be.</summary>
    internal void LeaveReading(int tokens)
    {
        lock (_lock) _readingTokens -= tokens;
    }

    /// <summary>Seconds until a request that came now would run.</summary>
    public double PredictedWait() => Wait(Load());

    /// <summary>Seconds after which trying again makes sense.</summary>
    public int RetryAfter() => Math.Clamp((int)Math.Ceiling(PredictedWait() / Math.Max(1, Load().Waiting + 1)), 1, 120);

    /// <summary>Learns how long a request took from its place to its end.</summary>
    public void Leave(double seconds)
    {
        lock (_lock) _meanSeconds += Smoothing * (seconds - _meanSeconds);
    }

    private bool HasRoom(int tokens, int answers = 1)
    {
        var load = Load();
        return load.Running + load.Waiting + answers <= Places
            && (load.Running == 0 || Wait(load) + engine.PredictPrefillSeconds(tokens) <= options.RequestTimeout.TotalSeconds);
    }

    /// <summary>What is still to be read, and for a full house a mean request for each turn of the places.</summary>
    private double Wait(EngineLoad load)
    {
        var free = load.Running + load.Waiting < engine.Parallel;
        lock (_lock) return engine.PredictPrefillSeconds(load.UnreadTokens) + (free ? 0 : _meanSeconds * (load.Waiting + 1) / engine.Parallel);
    }
}
