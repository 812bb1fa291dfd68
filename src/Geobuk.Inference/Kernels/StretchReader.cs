using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>Begins a stretch of up to 256 elements of one vector of rows: its scales, and what memory is asked for next.</summary>
internal static unsafe class StretchReader<TFormat, TSet, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where V : unmanaged
{
    /// <summary>
    /// How far ahead lines of panels are asked for: two pages. Hardware stops looking ahead at the end of one, and where a core computes
    /// as fast as it reads, one page is less than memory takes to answer.
    /// </summary>
    public const int Ahead = 8192;

    /// <summary>
    /// Asks for as many bytes as a group has, further on: hardware stops looking ahead at the end of a page, and does not guess what comes
    /// next where scales or upper bits lie apart. Group by group and not a stretch at once, which would hold up what is read now.
    /// </summary>
    /// <param name="from">What is asked for when the stretch begins: as far into the panel, scales included, as the stretch, and the distance.</param>
    /// <param name="group">The group that is read now.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(byte* from, nint group)
    {
        unchecked
        {
            if (!Sse.IsSupported) return;
            from += group * GroupBytes;
            for (var i = 0; i < GroupBytes; i += PanelLayout.LineBytes) Sse.Prefetch0(from + i);
        }
    }

    /// <summary>Bytes that a panel has for each group, scales included.</summary>
    public static int GroupBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => PanelLayout.Rows * TFormat.BlockBytes / BlockGroups;
    }

    /// <summary>Groups of a block.</summary>
    private static int BlockGroups
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.BlockSize / ActivationRows.GroupSize;
    }

    /// <summary>Unpacks the scales of a stretch of one vector of rows; returns where its dwords are. Not inlined: its constants would take registers of the tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static byte* Scales(PanelLayout layout, byte* panel, int element, int groups, int lane, StretchScales scales)
    {
        unchecked
        {
            var halves = panel + element / TFormat.BlockSize * PanelLayout.HalfBytes + 2 * lane;
            var lines = layout.Lines(panel, element / TFormat.BlockSize) + 4 * lane;
            if (TFormat.BlockSize == ActivationRows.SuperSize) TFormat.Scales<TSet, V>(halves, lines, scales);
            else
            {
                for (nint g = 0; g < groups; g++)
                    TFormat.Scales<TSet, V>(halves + g * PanelLayout.HalfBytes, lines + g * layout.BlockLines * PanelLayout.LineBytes, new StretchScales(scales.Scale(g)));
            }
            return lines;
        }
    }
}
