namespace Geobuk.Training.Native;

/// <summary>Host settings of libtorch; they do not belong to a recipe.</summary>
public sealed record TorchOptions
{
    /// <summary>cpu, cuda or cuda:N; cuda is the first GPU, and of several workers on a machine each takes its own.</summary>
    public string Device { get; init; } = "cpu";
    /// <summary>Folder of another libtorch (CUDA builds); null takes the packaged CPU one.</summary>
    public string? LibTorchFolder { get; init; }
    /// <summary>Threads of one operation; null leaves libtorch's choice.</summary>
    public int? Threads { get; init; }
    /// <summary>This process's number among the workers of this machine, from 0.</summary>
    public int LocalRank { get; init; }

    /// <summary>From the environment: GEOBUK_DEVICE, GEOBUK_LIBTORCH, GEOBUK_THREADS, as the CLI hands them to its child processes, and OMPI_COMM_WORLD_LOCAL_RANK, Open MPI's.</summary>
    public static TorchOptions FromEnvironment() => new()
    {
        Device = Environment.GetEnvironmentVariable("GEOBUK_DEVICE") ?? "cpu",
        LocalRank = int.TryParse(Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_LOCAL_RANK"), out var rank) ? rank : 0,
        LibTorchFolder = Environment.GetEnvironmentVariable("GEOBUK_LIBTORCH"),
        Threads = int.TryParse(Environment.GetEnvironmentVariable("GEOBUK_THREADS"), out var threads) ? threads : null,
    };
}
