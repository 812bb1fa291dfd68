using System.Runtime.InteropServices;
using Geobuk.Models;

namespace Geobuk.Training.DataParallel;

/// <summary>
/// The few calls of NCCL (version 2, its documentation's "NCCL API") that a training needs: fp32, over all processes of one communicator, in
/// the order of the default stream, on which libtorch computes too.
/// </summary>
internal sealed unsafe class NcclLibrary : IDisposable
{
    /// <summary>ncclFloat32.</summary>
    private const int Float = 7;
    /// <summary>The default stream.</summary>
    private const nint Stream = 0;

    private readonly nint _library;
    private nint _communicator;

    /// <summary>Loads the library: the one that libtorch came with, or the system's.</summary>
    /// <exception cref="UserInputException">There is none.</exception>
    public NcclLibrary(nint torchCuda)
    {
        // A libtorch may have NCCL in itself; else it has loaded it, and the loader knows it by its name.
        _library = torchCuda != 0 && NativeLibrary.TryGetExport(torchCuda, "ncclCommInitRank", out _) ? torchCuda
            : NativeLibrary.TryLoad("libnccl.so.2", out var found) ? found
            : throw new UserInputException("train.workers on GPUs: NCCL was not found; expected libnccl.so.2 beside libtorch or in the system (NVIDIA's packages: libnccl2). Install it, or let the workers share one GPU with --device cuda:0.");
    }

    /// <summary>A new communicator's name, which every process must be told.</summary>
    public byte[] NewId()
    {
        UniqueId id;
        Check(((delegate* unmanaged<UniqueId*, int>)Symbol("ncclGetUniqueId"))(&id), "ncclGetUniqueId");
        return new ReadOnlySpan<byte>(&id, sizeof(UniqueId)).ToArray();
    }

    /// <summary>Joins the others of that name on a device; waits for them.</summary>
    public void Join(ReadOnlySpan<byte> id, int rank, int workers, int device)
    {
        SetDevice(device);
        nint communicator;
        Check(((delegate* unmanaged<nint*, int, UniqueId, int, int>)Symbol("ncclCommInitRank"))(&communicator, workers, MemoryMarshal.Read<UniqueId>(id), rank), "ncclCommInitRank");
        _communicator = communicator;
    }

    /// <summary>Block k of what each process sends goes to process k.</summary>
    public void AllToAll(nint sent, nint received, long block, int workers)
    {
        var send = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Symbol("ncclSend");
        var receive = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Symbol("ncclRecv");
        Check(((delegate* unmanaged<int>)Symbol("ncclGroupStart"))(), "ncclGroupStart");
        for (var worker = 0; worker < workers; worker++)
        {
            var offset = (nint)(worker * block * sizeof(float));
            Check(send(sent + offset, (nuint)block, Float, worker, _communicator, Stream), "ncclSend");
            Check(receive(received + offset, (nuint)block, Float, worker, _communicator, Stream), "ncclRecv");
        }
        Check(((delegate* unmanaged<int>)Symbol("ncclGroupEnd"))(), "ncclGroupEnd");
    }

    /// <summary>Every process' block, by rank.</summary>
    public void AllGather(nint own, nint all, long block) =>
        Check(((delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Symbol("ncclAllGather"))(own, all, (nuint)block, Float, _communicator, Stream), "ncclAllGather");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_communicator != 0) _ = ((delegate* unmanaged<nint, int>)Symbol("ncclCommDestroy"))(_communicator);
        _communicator = 0;
    }

    /// <summary>Makes the device the calling thread's, by the driver: its interface has one name in every version of CUDA, the runtime's library has not.</summary>
    private static void SetDevice(int index)
    {
        var driver = NativeLibrary.Load("libcuda.so.1");
        int device;
        nint context = 0;
        var code = ((delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet"))(&device, index);
        if (code == 0) code = ((delegate* unmanaged<nint*, int, int>)NativeLibrary.GetExport(driver, "cuDevicePrimaryCtxRetain"))(&context, device);
        if (code == 0) code = ((delegate* unmanaged<nint, int>)NativeLibrary.GetExport(driver, "cuCtxSetCurrent"))(context);
        if (code != 0) throw new InvalidOperationException($"GPU {index} cannot be used: the CUDA driver answers with error {code}.");
    }

    private nint Symbol(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int code, string call)
    {
        if (code == 0) return;
        var text = Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)Symbol("ncclGetErrorString"))(code));
        var last = NativeLibrary.TryGetExport(_library, "ncclGetLastError", out var export) ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)export)(0)) : null;
        throw new InvalidOperationException($"{call} failed with NCCL error {code} ({text}{(string.IsNullOrWhiteSpace(last) ? "" : $": {last.Trim()}")}). NCCL_DEBUG=INFO says more; the same command continues from the last checkpoint.");
    }

    private struct UniqueId
    {
#pragma warning disable CS0649, CS0169 // Filled by NCCL.
        private fixed byte _bytes[128];
#pragma warning restore CS0649, CS0169
    }
}
