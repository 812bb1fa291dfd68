using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>
/// A quantized format as the matrix kernel reads it: blocks of 16 rows laid dword by dword side by side (<see cref="PanelLayout"/>),
/// so that a vector holds the same four bytes of neighbouring rows. A new format is one struct. Elements come in groups of 32; a
/// step takes four elements of each row, bytes in order of the element.
/// </summary>
internal unsafe interface IPanelFormat
{
    /// <summary>Elements in a block: 32 with one scale, or 256 with a scale of integer scales.</summary>
    static abstract int BlockSize { get; }
    /// <summary>Bytes of a row's block in the file.</summary>
    static abstract int BlockBytes { get; }
    /// <summary>Byte of the block where the half-precision scale stands that is no part of a dword; -1 where all is dwords.</summary>
    static abstract int HalfAt { get; }
    /// <summary>Values are signed 16-bit pairs, 16 steps a group (0 and 2 of each four elements, then 1 and 3); else bytes, 8 steps.</summary>
    static abstract bool Signed { get; }
    /// <summary>Steps whose byte products fit the running sum: 8 for values to 15, 4 to 31, 2 to 63; 16 where signed.</summary>
    static abstract int RunSteps { get; }
    /// <summary>Elements with the same integer scale: 16 or 32.</summary>
    static abstract int GroupSize { get; }
    static abstract OffsetKind Offsets { get; }
    /// <summary>What <see cref="OffsetKind.Zero"/> subtracts.</summary>
    static abstract int Zero { get; }

    /// <summary>Values of a step (0 to 7, or to 15) of group <paramref name="group"/> of a stretch that starts at <paramref name="lines"/>.</summary>
    static abstract V Values<TSet, V>(byte* lines, int group, int step) where TSet : struct, IInstructionSet<V> where V : unmanaged;

    /// <summary>Scales of a block: floats, integer scales and offsets as <see cref="StretchScales"/> says.</summary>
    /// <param name="halves">The rows' scales that are no part of a dword.</param>
    /// <param name="lines">The block's dwords.</param>
    /// <param name="scales">Where to write.</param>
    static abstract void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged;
}
