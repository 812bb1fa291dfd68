using System.Text.Json.Serialization;

namespace Geobuk.Cli.Plans;

/// <summary>What a step will need, as far as it can be told before it starts.</summary>
/// <param name="Name">The step.</param>
/// <param name="Seconds">Duration on this machine, or on the described GPU, if nothing else runs on it.</param>
/// <param name="PeakRssBytes">Largest resident memory of its process, mapped files included.</param>
/// <param name="GpuBytes">Memory on a GPU, that of all workers that share it; 0 without one.</param>
/// <param name="DiskBytes">Size of its artifact, with the checkpoints that exist at once.</param>
/// <param name="Tokens">Tokens that go through a model or a tokenizer.</param>
internal sealed record PlanStep(string Name, double Seconds, long PeakRssBytes, long GpuBytes, long DiskBytes, long Tokens)
{
    /// <summary>The part of the memory that the system can take back at any time, because it is a file's.</summary>
    [JsonIgnore]
    public long MappedBytes { get; init; }

    /// <summary>What the memory is for, largest first; training only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, long>? Memory { get; init; }
}
