using System.Runtime.InteropServices;

namespace Geobuk.Training.Native;

/// <summary>
/// Has a GPU add in one order, so that the same training gives the same bits and resumes exactly: at::Context::setDeterministicAlgorithms, which
/// TorchSharp has no name for, and cuBLAS's fixed workspaces. An operation that has no such order fails and says so; training uses none.
/// </summary>
internal static unsafe class DeterministicSums
{
    /// <summary>Must come before the device is used.</summary>
    /// <param name="library">libtorch_cpu, loaded.</param>
    /// <returns>False where this libtorch offers no such switch, as on Windows, whose names differ.</returns>
    public static bool TryUse(nint library)
    {
        if (library == 0 || !NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(library, "_ZN2at7Context26setDeterministicAlgorithmsEbb", out var set)
            || !TorchRuntime.TrySet("CUBLAS_WORKSPACE_CONFIG\0"u8, ":4096:8\0"u8)) return false;
        var shared = ((delegate* unmanaged<nint>)context)();
        ((delegate* unmanaged<nint, byte, byte, void>)set)(shared, 1, 0);
        // It would also write over memory that is written anyway.
        if (NativeLibrary.TryGetExport(library, "_ZN2at7Context39setDeterministicFillUninitializedMemoryEb", out var fill)) ((delegate* unmanaged<nint, byte, void>)fill)(shared, 0);
        return true;
    }
}
