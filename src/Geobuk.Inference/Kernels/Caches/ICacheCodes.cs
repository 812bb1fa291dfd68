using System.Runtime.Intrinsics;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Kernels.Caches;

/// <summary>The codes of a block format of 32 numbers with one half-precision scale before them.</summary>
internal unsafe interface ICacheCodes
{
    static abstract GgmlType Type { get; }
    /// <summary>As <see cref="ICacheFormat.TurnsHeads"/>.</summary>
    static abstract bool TurnsHeads { get; }
    /// <summary>Bytes of a block's codes.</summary>
    static abstract int Bytes { get; }
    /// <summary>Numbers in a byte: part p of byte j is number j + p * <see cref="Bytes"/>.</summary>
    static abstract int Parts { get; }

    /// <summary>A part of eight neighbouring bytes as integers.</summary>
    static abstract Vector256<int> Values(byte* codes, int part);
}
