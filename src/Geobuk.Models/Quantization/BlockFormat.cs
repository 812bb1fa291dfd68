using System.Diagnostics.CodeAnalysis;

namespace Geobuk.Models.Quantization;

/// <summary>A block format chosen at run time: the table from <see cref="GgmlType"/> to its code.</summary>
public sealed class BlockFormat
{
    private delegate void DecodeBlock(ReadOnlySpan<byte> block, Span<float> values);
    private delegate void EncodeBlock(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block);

    private static readonly Dictionary<GgmlType, BlockFormat> s_formats = new[]
    {
        Of<F32Block>(), Of<F16Block>(), Of<BF16Block>(), Of<Q8_0Block>(), Of<Q4_0Block>(), Of<Q5_0Block>(), Of<Q4_KBlock>(), Of<Q6_KBlock>(),
    }.ToDictionary(format => format.Type);

    private readonly DecodeBlock _decode;
    private readonly EncodeBlock _encode;

    private BlockFormat(GgmlType type, int blockSize, int blockBytes, DecodeBlock decode, EncodeBlock encode)
    {
        (Type, BlockSize, BlockBytes) = (type, blockSize, blockBytes);
        (_decode, _encode) = (decode, encode);
    }

    /// <summary>The GGUF type.</summary>
    public GgmlType Type { get; }
    /// <summary>Elements in a block.</summary>
    public int BlockSize { get; }
    /// <summary>Bytes in a block.</summary>
    public int BlockBytes { get; }

    /// <summary>Every type that can be read and written.</summary>
    public static IReadOnlyCollection<GgmlType> Supported => s_formats.Keys;

    /// <summary>The format of a type.</summary>
    public static BlockFormat Get(GgmlType type) => s_formats[type];

    /// <summary>The format of a type number that came from a file.</summary>
    public static bool TryGet(GgmlType type, [NotNullWhen(true)] out BlockFormat? format) => s_formats.TryGetValue(type, out format);

    /// <summary>Bytes of <paramref name="elements"/> elements, a whole number of blocks.</summary>
    public long Bytes(long elements) => elements / BlockSize * BlockBytes;

    /// <summary>Decodes whole blocks.</summary>
    public void Decode(ReadOnlySpan<byte> data, Span<float> values)
    {
        for (var b = 0; b * BlockSize < values.Length; b++)
            _decode(data.Slice(b * BlockBytes, BlockBytes), values.Slice(b * BlockSize, BlockSize));
    }

    /// <summary>Encodes whole blocks; <paramref name="importance"/> is empty or as long as <paramref name="values"/>.</summary>
    public void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> data)
    {
        for (var b = 0; b * BlockSize < values.Length; b++)
        {
            var weights = importance.IsEmpty ? default : importance.Slice(b * BlockSize, BlockSize);
            _encode(values.Slice(b * BlockSize, BlockSize), weights, data.Slice(b * BlockBytes, BlockBytes));
        }
    }

    private static BlockFormat Of<T>() where T : struct, IBlockFormat<T> =>
        new(T.Type, T.BlockSize, T.BlockBytes, T.Decode, T.Encode);
}
