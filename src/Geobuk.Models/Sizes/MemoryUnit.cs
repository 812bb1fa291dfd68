namespace Geobuk.Models.Sizes;

/// <summary>Memory that a model may be meant for: GPUs that share its weights evenly, or a machine's own.</summary>
/// <param name="Kind">gpu or cpu.</param>
/// <param name="Gigabytes">Of each, in 10^9 bytes.</param>
/// <param name="Count">How many.</param>
public sealed record MemoryUnit(string Kind, int Gigabytes, int Count)
{
    /// <summary>What weights and cache may take; the rest is for the runtime, activations and the system.</summary>
    public const double UsableShare = 0.9;

    private static readonly int[] s_gpus = [16, 24, 48, 80, 96, 141, 192];
    private static readonly int[] s_machines = [16, 32, 64, 128, 256, 512, 1024];

    /// <summary>The usual ones: single GPUs, eight of them, machines.</summary>
    public static IReadOnlyList<MemoryUnit> Usual { get; } =
    [
        .. s_gpus.Select(size => new MemoryUnit("gpu", size, 1)),
        .. s_gpus.Select(size => new MemoryUnit("gpu", size, 8)),
        .. s_machines.Select(size => new MemoryUnit("cpu", size, 1)),
    ];

    /// <summary>Usable bytes of each.</summary>
    public double UsableBytes => Gigabytes * 1e9 * UsableShare;
}
