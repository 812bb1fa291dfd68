namespace Geobuk.Inference;

/// <summary>Measures prefill and decode.</summary>
public static class EngineBenchmark
{
    /// <summary>Runs a random prompt and a generation several times.</summary>
    /// <param name="model">The model.</param>
    /// <param name="promptTokens">Length of the prompt.</param>
    /// <param name="generateTokens">Tokens generated after it.</param>
    /// <param name="threads">Threads; null takes the model's option.</param>
    /// <param name="repeat">Measured repetitions after one unmeasured.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    public static BenchmarkResult Run(
        InferenceModel model, int promptTokens = 512, int generateTokens = 64, int? threads = null, int repeat = 5,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
