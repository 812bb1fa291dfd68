using System.Runtime.InteropServices;

namespace Geobuk.Training.DataParallel;

/// <summary>
/// The few calls of MPI (standard 3.1) that a training needs, on bytes and over all processes. Handles are those of Open MPI:
/// addresses of its exported objects.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>Calls come from one thread at a time, whichever it is: MPI_THREAD_SERIALIZED.</summary>
    private const int Serialized = 2;

    private readonly nint _library, _world, _bytes;

    /// <summary>Loads the library.</summary>
    public MpiLibrary(string path)
    {
        _library = NativeLibrary.Load(path);
        (_world, _bytes) = (Symbol("ompi_mpi_comm_world"), Symbol("ompi_mpi_byte"));
    }

    /// <summary>Whether it is there, with Open MPI's handles.</summary>
    public static bool CanLoad(string path) => NativeLibrary.TryLoad(path, out var library) && NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _);

    public void Initialize()
    {
        int provided;
        Check(((delegate* unmanaged<int*, byte***, int, int*, int>)Symbol("MPI_Init_thread"))(null, null, Serialized, &provided), "MPI_Init_thread");
        if (provided < Serialized) throw new InvalidOperationException($"MPI offers thread level {provided}; expected at least {Serialized} (MPI_THREAD_SERIALIZED). Install an Open MPI that was built with threads.");
    }

    public int Rank()
    {
        int rank;
        Check(((delegate* unmanaged<nint, int*, int>)Symbol("MPI_Comm_rank"))(_world, &rank), "MPI_Comm_rank");
        return rank;
    }

    public int Size()
    {
        int size;
        Check(((delegate* unmanaged<nint, int*, int>)Symbol("MPI_Comm_size"))(_world, &size), "MPI_Comm_size");
        return size;
    }

    /// <summary>Block k to process k.</summary>
    public void AllToAll(ReadOnlySpan<byte> sent, Span<byte> received, int block)
    {
        fixed (byte* from = sent, to = received)
            Check(((delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Symbol("MPI_Alltoall"))(from, block, _bytes, to, block, _bytes, _world), "MPI_Alltoall");
    }

    /// <summary>Every process' bytes, as many from each.</summary>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        fixed (byte* from = own, to = all)
            Check(((delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Symbol("MPI_Allgather"))(from, own.Length, _bytes, to, own.Length, _bytes, _world), "MPI_Allgather");
    }

    /// <summary>Every process' bytes, <paramref name="counts"/>[k] from process k.</summary>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all, ReadOnlySpan<int> counts)
    {
        var starts = new int[counts.Length];
        for (var i = 1; i < starts.Length; i++) starts[i] = checked(starts[i - 1] + counts[i - 1]);
        fixed (byte* from = own, to = all)
        fixed (int* lengths = counts, places = starts)
            Check(((delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int>)Symbol("MPI_Allgatherv"))(from, own.Length, _bytes, to, lengths, places, _bytes, _world), "MPI_Allgatherv");
    }

    /// <summary>A barrier that sleeps between looks.</summary>
    public void Barrier(TimeSpan pause)
    {
        nint request;
        Check(((delegate* unmanaged<nint, nint*, int>)Symbol("MPI_Ibarrier"))(_world, &request), "MPI_Ibarrier");
        var test = (delegate* unmanaged<nint*, int*, void*, int>)Symbol("MPI_Test");
        while (true)
        {
            int done;
            Check(test(&request, &done, null), "MPI_Test");
            if (done != 0) return;
            Thread.Sleep(pause);
        }
    }

    public void Abort(int code) => _ = ((delegate* unmanaged<nint, int, int>)Symbol("MPI_Abort"))(_world, code);

    public void Complete() => Check(((delegate* unmanaged<int>)Symbol("MPI_Finalize"))(), "MPI_Finalize");

    private nint Symbol(string name) => NativeLibrary.GetExport(_library, name);

    private static void Check(int code, string call)
    {
        if (code != 0) throw new InvalidOperationException($"{call} failed with MPI error {code}. The same command continues from the last checkpoint.");
    }
}
