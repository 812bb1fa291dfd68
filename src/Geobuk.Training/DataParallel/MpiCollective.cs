using System.Runtime.InteropServices;
using Geobuk.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.DataParallel;

/// <summary>The processes that mpirun started, over Open MPI; what lies on another device goes by way of main memory.</summary>
public sealed class MpiCollective : ICollective
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    private readonly MpiLibrary _mpi;

    private MpiCollective(MpiLibrary mpi)
    {
        _mpi = mpi;
        mpi.Initialize();
        (Rank, Workers) = (mpi.Rank(), mpi.Size());
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Workers { get; }

    /// <summary>Joins the other processes; once in a process' life.</summary>
    /// <exception cref="UserInputException">There is no Open MPI, or this process was not started by its mpirun with so many others.</exception>
    public static MpiCollective Join(int workers)
    {
        var joined = new MpiCollective(new MpiLibrary(MpiInstallation.Require(workers).Library));
        if (joined.Workers == workers) return joined;
        var found = joined.Workers;
        joined.Dispose();
        throw new UserInputException($"train.workers is {workers}, but MPI counts {found} processes; expected as many. The mpirun that started them is another installation's: name the right one in {MpiInstallation.StarterVariable}.");
    }

    /// <inheritdoc/>
    public double[][] Gather(ReadOnlySpan<double> own)
    {
        var counts = new int[Workers];
        _mpi.AllGather(MemoryMarshal.AsBytes([own.Length * sizeof(double)]), MemoryMarshal.AsBytes(counts.AsSpan()));
        var all = new double[counts.Sum() / sizeof(double)];
        _mpi.AllGather(MemoryMarshal.AsBytes(own), MemoryMarshal.AsBytes(all.AsSpan()), counts);
        var parts = new double[Workers][];
        var start = 0;
        for (var rank = 0; rank < Workers; start += parts[rank++].Length) parts[rank] = all[start..(start + counts[rank] / sizeof(double))];
        return parts;
    }

    /// <inheritdoc/>
    public void Exchange(Tensor sent, Tensor received) => InMainMemory(sent, received, (from, to) => _mpi.AllToAll(from.bytes, to.bytes, from.bytes.Length / Workers));

    /// <inheritdoc/>
    public void Collect(Tensor own, Tensor all) => InMainMemory(own, all, (from, to) => _mpi.AllGather(from.bytes, to.bytes));

    /// <inheritdoc/>
    public void Meet() => _mpi.Barrier(s_pause);

    /// <inheritdoc/>
    public void Abort(int exitCode) => _mpi.Abort(exitCode);

    /// <inheritdoc/>
    public void Dispose() => _mpi.Complete();

    private static void InMainMemory(Tensor sent, Tensor received, Action<Tensor, Tensor> move)
    {
        using var scope = NewDisposeScope();
        if (received.device_type == DeviceType.CPU)
        {
            move(sent, received);
            return;
        }
        var arrived = empty(received.shape, float32);
        move(sent.cpu(), arrived);
        received.copy_(arrived);
    }
}
