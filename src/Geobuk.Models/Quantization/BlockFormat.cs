using System.Diagnostics.CodeAnalysis;

namespace Geobuk.Models.Quantization;

/// <summary>A block format chosen at run time: the table from <see cref="GgmlType"/> to its code, and the one loop over blocks.</summary>
public sealed class BlockFormat
{
    private delegate void DecodeBlocks(ReadOnlySpan<byte> data, Span<float> values);
    private delegate void EncodeBlocks(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> data);

    private static readonly Dictionary<GgmlType, BlockFormat> s_formats = new[]
    {
        Of<F32Block>(), Of<F16Block>(), Of<BF16Block>(),
        Of<Q8_0Block>(), Of<Q4_0Block>(), Of<Q4_1Block>(), Of<Q5_0Block>(), Of<Q5_1Block>(),
        OfGrid<Q2_KBlock>(), OfGrid<Q3_KBlock>(), OfGrid<Q4_KBlock>(), OfGrid<Q5_KBlock>(), OfGrid<Q6_KBlock>(),
        Of<IQ4_NLBlock>(), OfGrid<IQ4_XSBlock>(),
    }.ToDictionary(format => format.Type);

    private readonly DecodeBlocks _decode;
    private readonly EncodeBlocks _encode;

    private BlockFormat(GgmlType type, int blockSize, int blockBytes, int[] factorOffsets, DecodeBlocks decode, EncodeBlocks encode, BlockGrid? grid)
    {
        (FactorOffsets, Grid) = (factorOffsets, grid);
        (Type, BlockSize, BlockBytes) = (type, blockSize, blockBytes);
        (_decode, _encode) = (decode, encode);
    }

    /// <summary>The GGUF type.</summary>
    public GgmlType Type { get; }
    /// <summary>Elements in a block.</summary>
    public int BlockSize { get; }
    /// <summary>Bytes in a block.</summary>
    public int BlockBytes { get; }
    /// <summary>Where in a block its f16 factors lie (<see cref="IBlockFormat{TSelf}.FactorOffsets"/>); none for plain numbers.</summary>
    public IReadOnlyList<int> FactorOffsets { get; }
    /// <summary>Access to the parts of a super-block; null for the formats that have none.</summary>
    public BlockGrid? Grid { get; }

    /// <summary>Every type that can be read and written.</summary>
    public static IReadOnlyCollection<GgmlType> Supported => s_formats.Keys;

    /// <summary>The format of a type.</summary>
    public static BlockFormat Get(GgmlType type) => s_formats[type];

    /// <summary>The format of a type number that came from a file.</summary>
    public static bool TryGet(GgmlType type, [NotNullWhen(true)] out BlockFormat? format) => s_formats.TryGetValue(type, out format);

    /// <summary>Bytes of <paramref name="elements"/> elements, a whole number of blocks.</summary>
    public long Bytes(long elements) => elements / BlockSize * BlockBytes;

    /// <summary>Decodes whole blocks.</summary>
    public void Decode(ReadOnlySpan<byte> data, Span<float> values) => _decode(data, values);

    /// <summary>Encodes whole blocks: one row where <paramref name="importance"/> holds its columns, any number of rows where it is empty.</summary>
    public void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> data) => _encode(values, importance, data);

    private static BlockFormat Of<T>() where T : struct, IBlockFormat<T> => new(T.Type, T.BlockSize, T.BlockBytes, T.FactorOffsets.ToArray(), Decode<T>, Encode<T>, null);

    private static BlockFormat OfGrid<T>() where T : struct, IGridFormat<T> => new(T.Type, T.BlockSize, T.BlockBytes, T.FactorOffsets.ToArray(), Decode<T>, Encode<T>, BlockGrid.Of<T>());

    private static void Decode<T>(ReadOnlySpan<byte> data, Span<float> values) where T : struct, IBlockFormat<T>
    {
        for (var b = 0; b < values.Length / T.BlockSize; b++)
            T.Decode(data.Slice(b * T.BlockBytes, T.BlockBytes), values.Slice(b * T.BlockSize, T.BlockSize));
    }

    private static void Encode<T>(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> data) where T : struct, IBlockFormat<T>
    {
        var meanSquare = importance.IsEmpty ? 0 : ScaleFit.SumOfSquares(values) / values.Length;
        for (var b = 0; b < values.Length / T.BlockSize; b++)
        {
            var weights = importance.IsEmpty ? default : importance.Slice(b * T.BlockSize, T.BlockSize);
            T.Encode(values.Slice(b * T.BlockSize, T.BlockSize), weights, meanSquare, data.Slice(b * T.BlockBytes, T.BlockBytes));
        }
    }
}
