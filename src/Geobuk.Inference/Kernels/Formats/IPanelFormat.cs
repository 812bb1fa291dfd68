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
    /// <summary>Values have a sign; else they are 0 to 127, or <see cref="Raised{TFormat}"/>.</summary>
    static abstract bool Signed { get; }
    /// <summary>
    /// Steps whose byte products fit the running sum of 16 bits, the zero point taken away: 8 for values to 15 or from -16 to 15, 4 to
    /// 31 or from -32 to 31; 8 where signed, which is summed in 32.
    /// </summary>
    static abstract int RunSteps { get; }
    /// <summary>Elements with the same integer scale: 16 or 32.</summary>
    static abstract int GroupSize { get; }
    /// <summary>A minimum per group, with a scale of its own in blocks of 256, times the sum of the inputs is added.</summary>
    static abstract bool HasMinimum { get; }
    /// <summary>The zero point that is subtracted from every value, as a power of two; 0 where there is none. A run is then a group.</summary>
    static abstract int ZeroShift { get; }

    /// <summary>
    /// How many steps the two lie apart whose values stand together in lines: within a run, a power of two up to half of it, or 8 or 16,
    /// which is the same step one or two groups further, its twin.
    /// </summary>
    static abstract int Apart { get; }

    /// <summary>Values of a step and of the one that is <see cref="Apart"/> from it.</summary>
    /// <param name="lines">Where the stretch begins.</param>
    /// <param name="group">The group of 32 elements, of twins the first.</param>
    /// <param name="step">The first of the two steps; there are 8 in a group.</param>
    static abstract (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged;

    /// <summary>Scales of a block: floats, integer scales and offsets as <see cref="StretchScales"/> says.</summary>
    /// <param name="halves">The rows' scales that are no part of a dword.</param>
    /// <param name="lines">The block's dwords.</param>
    /// <param name="scales">Where to write.</param>
    static abstract void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged;
}
