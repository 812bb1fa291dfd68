using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Kernels;

/// <summary>Rows of tensors in the CPU's memory, driven in blocks over as many threads as libtorch uses.</summary>
public static unsafe class Blocks
{
    /// <summary>Sums over rows are made of this many partial sums whatever the number of threads, so that they are the same bits.</summary>
    public const int Partials = 8;

    /// <summary>The tensor is where kernels can work: CPU, one piece, float32 or bfloat16.</summary>
    public static bool CanUse(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16 && tensor.is_contiguous();

    /// <summary>Address of the first element of a contiguous tensor.</summary>
    public static byte* Pointer(Tensor tensor)
    {
        // One element is enough for the address; a span over all of it would end at 2 GB.
        using var first = tensor.flatten().narrow(0, 0, 1);
        return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>Calls <paramref name="body"/> with (block, first row, row after the last) for a fixed number of blocks of rows.</summary>
    public static void ForRows(long rows, Action<int, long, long> body)
    {
        var blocks = (int)Math.Min(rows, Partials);
        var threads = Math.Min(get_num_threads(), blocks);
        if (threads <= 1)
        {
            for (var block = 0; block < blocks; block++) body(block, rows * block / blocks, rows * (block + 1) / blocks);
            return;
        }
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, block => body(block, rows * block / blocks, rows * (block + 1) / blocks));
    }
}
