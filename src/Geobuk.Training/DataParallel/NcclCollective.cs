using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.DataParallel;

/// <summary>
/// Workers with a GPU each: gradients go from GPU to GPU by NCCL and wait for nobody's processor; everything else, and gradients in main memory, go by
/// the collective below. Workers that share a GPU, which NCCL forbids, go by it altogether.
/// </summary>
/// <param name="below">The same workers' other way to talk; this one ends with it.</param>
public sealed class NcclCollective(ICollective below) : ICollective
{
    private NcclLibrary? _nccl;
    private bool? _shared;

    /// <inheritdoc/>
    public int Rank => below.Rank;

    /// <inheritdoc/>
    public int Workers => below.Workers;

    /// <inheritdoc/>
    public double[][] Gather(ReadOnlySpan<double> own) => below.Gather(own);

    /// <inheritdoc/>
    public void Exchange(Tensor sent, Tensor received)
    {
        if (Direct(sent.device) is { } nccl) nccl.AllToAll(TorchRuntime.Address(sent), TorchRuntime.Address(received), sent.numel() / Workers, Workers);
        else below.Exchange(sent, received);
    }

    /// <inheritdoc/>
    public void Collect(Tensor own, Tensor all)
    {
        if (Direct(own.device) is { } nccl) nccl.AllGather(TorchRuntime.Address(own), TorchRuntime.Address(all), own.numel());
        else below.Collect(own, all);
    }

    /// <inheritdoc/>
    public void Meet() => below.Meet();

    /// <inheritdoc/>
    public void Abort(int exitCode) => below.Abort(exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        _nccl?.Dispose();
        below.Dispose();
    }

    /// <summary>The workers' communicator, made at first need; null where the processor carries what is on the device.</summary>
    private NcclLibrary? Direct(Device device)
    {
        if (device.type != DeviceType.CUDA) return null;
        _shared ??= Share(device);
        if (_shared.Value) return null;
        return _nccl ??= Join(device);
    }

    /// <summary>Whether any two workers compute on the same GPU of the same host, by NCCL's own notion of a host.</summary>
    private bool Share(Device device)
    {
        var host = Environment.GetEnvironmentVariable("NCCL_HOSTID") is { Length: > 0 } given ? given : Environment.MachineName;
        var homes = below.Gather([device.index, .. host.Select(letter => (double)letter)]);
        return homes.Select(home => string.Join(' ', home)).Distinct().Count() < homes.Length;
    }

    private NcclLibrary Join(Device device)
    {
        var library = new NcclLibrary(TorchRuntime.CudaLibrary);
        var own = Rank == 0 ? library.NewId() : [];
        var id = below.Gather([.. own.Select(value => (double)value)])[0];
        library.Join([.. id.Select(value => (byte)value)], Rank, Workers, device.index);
        return library;
    }
}
