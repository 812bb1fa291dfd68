namespace Geobuk.Training.Checkpoints;

/// <summary>What a checkpoint says beside its tensors.</summary>
public sealed record TrainingState
{
    /// <summary>Optimizer steps done; the data cursor, the schedule and all randomness follow from it.</summary>
    public required long Step { get; init; }
    /// <summary>Tokens seen.</summary>
    public required long Tokens { get; init; }
    /// <summary>Seconds spent.</summary>
    public required double Seconds { get; init; }
    /// <summary>Length of metrics.jsonl at this moment; what follows belongs to steps that will be done again.</summary>
    public required long MetricsBytes { get; init; }
    /// <summary>Digests of everything that must be the same to go on: recipe part, model, corpus, tokenizer.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }
    /// <summary>What later steps compare themselves with, by name: recent losses, earlier evaluations.</summary>
    public IReadOnlyDictionary<string, double[]> Memory { get; init; } = new Dictionary<string, double[]>();
    /// <summary>SHA-256 over masters, moments and parameters as they were in memory; what was restored must have it again.</summary>
    public string StateDigest { get; init; } = "";
    /// <summary>SHA-256 of state.safetensors.</summary>
    public string TensorsDigest { get; init; } = "";
}
