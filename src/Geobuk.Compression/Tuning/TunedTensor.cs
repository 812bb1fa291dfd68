using System.Buffers;
using System.Buffers.Binary;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Training.Kernels;
using static TorchSharp.torch;

namespace Geobuk.Compression.Tuning;

/// <summary>
/// A tensor of the file whose codes stay and whose factors learn, or a norm all of whose values do. Its bytes are always those that the file
/// would get, rounded as they are stored, and the model computes with what they decode to.
/// </summary>
internal sealed unsafe class TunedTensor
{
    private readonly IReadOnlyDictionary<string, Tensor> _parameters;
    private readonly BlockFormat _format;
    private readonly RelativeAdam _factors;
    private readonly float[] _gradients;
    private readonly int _columns, _perRow;

    /// <summary>Takes a tensor as it is in the file.</summary>
    /// <param name="spec">Where its rows belong in the model.</param>
    /// <param name="tensor">Its place in the file.</param>
    /// <param name="data">Its bytes.</param>
    /// <param name="parameters">The model's, fp32 on the CPU, by name.</param>
    public TunedTensor(GgufTensorSpec spec, GgufTensor tensor, byte[] data, IReadOnlyDictionary<string, Tensor> parameters)
    {
        (Spec, Tensor, Data, _parameters) = (spec, tensor, data, parameters);
        _format = BlockFormat.Get(tensor.Type);
        _columns = (int)spec.RowLength;
        _perRow = IsNorm ? _columns : _columns / _format.BlockSize * _format.FactorOffsets.Count;
        var start = new float[_perRow * spec.Rows];
        for (var i = 0L; i < start.Length; i++)
            start[i] = IsNorm ? BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan((int)i * sizeof(float))) : (float)BinaryPrimitives.ReadHalfLittleEndian(Factor(i));
        (_factors, _gradients) = (new RelativeAdam(start), new float[start.Length]);
        Show();
    }

    /// <summary>Name, shape and origin.</summary>
    public GgufTensorSpec Spec { get; }
    /// <summary>Type and place in the file.</summary>
    public GgufTensor Tensor { get; }
    /// <summary>The bytes as they stand.</summary>
    public byte[] Data { get; }
    /// <summary>Numbers that learn; none in a tensor of plain numbers that is no norm.</summary>
    public int Learning => _factors.Count;

    private bool IsNorm => Tensor.Type == GgmlType.F32 && Spec.Name.EndsWith("_norm.weight", StringComparison.Ordinal);

    /// <summary>Sums the slopes by the weights to slopes by the factors, and takes a step.</summary>
    public void Learn(double rate, int step)
    {
        if (Learning == 0) return;
        var gradients = Addresses(parameter => parameter.grad);
        ForRows((row, values, scratch) =>
        {
            var place = Spec.Locate(row);
            var slopes = (float*)gradients[place.Tensor];
            var target = _gradients.AsSpan((int)(row * _perRow), _perRow);
            target.Clear();
            if (slopes is null) return;
            if (IsNorm)
            {
                for (var i = 0; i < _columns; i++) target[i] = slopes[place.Offset + i * place.Stride];
                return;
            }
            var kinds = _format.FactorOffsets.Count;
            for (var kind = 0; kind < kinds; kind++)
            {
                Row(row).CopyTo(scratch);
                for (var block = 0; block < scratch.Length; block += _format.BlockBytes)
                    for (var other = 0; other < kinds; other++)
                        BinaryPrimitives.WriteHalfLittleEndian(scratch[(block + _format.FactorOffsets[other])..], other == kind ? Half.One : Half.Zero);
                _format.Decode(scratch, values);
                for (var i = 0; i < _columns; i++) target[i / _format.BlockSize * kinds + kind] += values[i] * slopes[place.Offset + i * place.Stride];
            }
        });
        _factors.Step(_gradients, rate, step);
        for (var i = 0; i < Learning; i++)
        {
            if (IsNorm) BinaryPrimitives.WriteSingleLittleEndian(Data.AsSpan(i * sizeof(float)), _factors[i]);
            else BinaryPrimitives.WriteHalfLittleEndian(Factor(i), (Half)_factors[i]);
        }
        Show();
    }

    /// <summary>Puts what the bytes decode to into the model.</summary>
    private void Show()
    {
        var addresses = Addresses(parameter => parameter);
        ForRows((row, values, _) =>
        {
            _format.Decode(Row(row), values);
            var place = Spec.Locate(row);
            var target = (float*)addresses[place.Tensor];
            for (var i = 0; i < _columns; i++) target[place.Offset + i * place.Stride] = values[i];
        });
    }

    /// <summary>Where a tensor of every source begins; 0 where there is none.</summary>
    private Dictionary<string, nint> Addresses(Func<Tensor, Tensor?> of) =>
        Spec.Sources.ToDictionary(name => name, name => of(_parameters[name]) is { } tensor ? (nint)Blocks.Pointer(tensor) : 0);

    private Span<byte> Row(long row) => Data.AsSpan((int)(row * _format.Bytes(_columns)), (int)_format.Bytes(_columns));

    private Span<byte> Factor(long index)
    {
        var kinds = _format.FactorOffsets.Count;
        return Data.AsSpan((int)(index / kinds * _format.BlockBytes + _format.FactorOffsets[(int)(index % kinds)]));
    }

    private delegate void RowAction(long row, Span<float> values, Span<byte> scratch);

    private void ForRows(RowAction action) => Blocks.ForRows(Spec.Rows, (_, from, to) =>
    {
        var (values, scratch) = (ArrayPool<float>.Shared.Rent(_columns), ArrayPool<byte>.Shared.Rent((int)_format.Bytes(_columns)));
        for (var row = from; row < to; row++) action(row, values.AsSpan(0, _columns), scratch.AsSpan(0, (int)_format.Bytes(_columns)));
        ArrayPool<float>.Shared.Return(values);
        ArrayPool<byte>.Shared.Return(scratch);
    });
}
