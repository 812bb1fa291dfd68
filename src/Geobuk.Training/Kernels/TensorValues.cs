using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Kernels;

/// <summary>Tensors to arrays as memory is copied; the library's own accessor goes element by element, a minute for a billion weights and more.</summary>
public static class TensorValues
{
    // A span of bytes ends at 2 GB.
    private const long Piece = 1 << 26;

    /// <summary>All values in row-major order, from whatever device.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is of another size than the tensor's elements.</exception>
    public static T[] Values<T>(this Tensor tensor) where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != tensor.element_size()) throw new ArgumentException($"a tensor of {tensor.dtype}; expected elements of {Unsafe.SizeOf<T>()} bytes", nameof(tensor));
        var values = GC.AllocateUninitializedArray<T>(checked((int)tensor.numel()));
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        for (long start = 0; start < values.Length; start += Piece)
            MemoryMarshal.Cast<byte, T>(flat.narrow(0, start, Math.Min(Piece, values.Length - start)).bytes).CopyTo(values.AsSpan((int)start));
        return values;
    }
}
