using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Activations with their 8-bit form, quantized by the code under test.</summary>
internal sealed unsafe class QuantizedInput : IDisposable
{
    private readonly NativeBuffer<float> _values, _scales, _sums32, _sums16;
    private readonly NativeBuffer<sbyte> _bytes;
    private readonly int _columns;

    public QuantizedInput(float[] input, int tokens)
    {
        _columns = input.Length / tokens;
        _values = new NativeBuffer<float>(input.Length);
        _bytes = new NativeBuffer<sbyte>(input.Length);
        _scales = new NativeBuffer<float>(input.Length / 32 + tokens);
        _sums32 = new NativeBuffer<float>(input.Length / 32 + tokens);
        _sums16 = new NativeBuffer<float>(input.Length / 16 + tokens);
        input.CopyTo(_values.Span(0, input.Length));
        for (var t = 0; t < tokens; t++) Rows.Quantize(t, _columns);
    }

    public ActivationRows Rows => new()
    {
        Values = _values.Pointer,
        Bytes = _bytes.Pointer,
        Scales = _scales.Pointer,
        Sums32 = _sums32.Pointer,
        Sums16 = _sums16.Pointer,
    };

    /// <summary>The value that the 8-bit form stands for.</summary>
    public float Dequantized(int token, int column) =>
        _bytes.Pointer[token * _columns + column] * _scales.Pointer[token * (_columns / 32) + column / 32];

    public void Dispose()
    {
        foreach (var buffer in new IDisposable[] { _values, _bytes, _scales, _sums32, _sums16 }) buffer.Dispose();
    }
}
