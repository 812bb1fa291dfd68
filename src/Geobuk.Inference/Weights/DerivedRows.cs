using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Weights;

/// <summary>Rows that no file holds as they are needed: made when they are first read, and again after they were given back.</summary>
/// <param name="bytes">Size.</param>
/// <param name="fill">Writes all rows.</param>
internal sealed unsafe class DerivedRows(long bytes, Action<NativeBuffer<byte>> fill) : IDisposable
{
    private readonly Lock _making = new();
    private volatile NativeBuffer<byte>? _rows;

    /// <summary>The first row; valid until the next <see cref="Release"/>.</summary>
    public byte* Read()
    {
        if (_rows is { } there) return there.Pointer;
        lock (_making)
        {
            if (_rows is { } made) return made.Pointer;
            var rows = new NativeBuffer<byte>(bytes);
            fill(rows);
            _rows = rows;
            return rows.Pointer;
        }
    }

    /// <summary>Gives the memory back; nobody may be reading.</summary>
    public void Release()
    {
        _rows?.Dispose();
        _rows = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Release();
}
