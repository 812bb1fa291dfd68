using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Geobuk.Inference.Kernels;

/// <summary>Zeroed memory outside the garbage-collected heap, aligned to a cache line; large pieces to large pages.</summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable where T : unmanaged
{
    private const int Alignment = 64;

    public NativeBuffer(long length)
    {
        Length = length;
        var bytes = checked((nuint)length * (nuint)sizeof(T));
        Pointer = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, 1), bytes < (nuint)HugePages.From ? Alignment : (nuint)HugePages.Size);
        HugePages.Ask(Pointer, (long)bytes);
        NativeMemory.Clear(Pointer, bytes);
        GC.AddMemoryPressure(Math.Max((long)bytes, 1));
    }

    ~NativeBuffer() => Free();

    public long Length { get; }
    public T* Pointer { get; private set; }

    public Span<T> Span(long start, int count) => new(Pointer + start, count);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Pointer == null) return;
        GC.RemoveMemoryPressure(Math.Max(Length * Unsafe.SizeOf<T>(), 1));
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
