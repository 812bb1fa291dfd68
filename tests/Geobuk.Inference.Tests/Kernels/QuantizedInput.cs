using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Activations with their 8-bit forms, quantized by the code under test.</summary>
internal sealed unsafe class QuantizedInput : IDisposable
{
    private readonly List<IDisposable> _buffers = [];
    private readonly int _columns;

    public QuantizedInput(float[] input, int tokens)
    {
        _columns = input.Length / tokens;
        Rows = new ActivationRows
        {
            Values = Allocate<float>(input.Length),
            Groups = Form(input.Length, tokens),
            Supers = Form(input.Length, tokens),
        };
        input.CopyTo(new Span<float>(Rows.Values, input.Length));
        for (var t = 0; t < tokens; t++)
        {
            Rows.QuantizeGroups(t, _columns);
            Rows.QuantizeSupers(t, _columns);
        }
    }

    public ActivationRows Rows { get; }

    /// <summary>The value that the 8-bit form in blocks of a size stands for.</summary>
    public float Dequantized(int token, int column, int blockSize)
    {
        var form = Rows.Form(blockSize);
        return form.Bytes[token * _columns + column] * form.Scales[token * (_columns / blockSize) + column / blockSize];
    }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private QuantizedRows Form(int length, int tokens) => new()
    {
        Bytes = Allocate<sbyte>(length),
        Scales = Allocate<float>(length / 32 + tokens),
        Sums16 = Allocate<short>(length / 16 + tokens),
        Sums32 = Allocate<short>(length / 32 + tokens),
        Pairs = Allocate<int>(length / 16 + tokens),
    };

    private T* Allocate<T>(int length) where T : unmanaged
    {
        var buffer = new NativeBuffer<T>(length);
        _buffers.Add(buffer);
        return buffer.Pointer;
    }
}
