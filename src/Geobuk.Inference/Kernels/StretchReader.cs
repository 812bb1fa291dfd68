using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>Begins a stretch of up to 256 elements of one vector of rows: its scales, and what memory is asked for next.</summary>
internal static unsafe class StretchReader<TFormat, TSet, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where V : unmanaged
{
    private static int StretchBlocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ActivationRows.SuperSize / TFormat.BlockSize;
    }

    /// <summary>
    /// Asks for the next stretch where scales or upper bits lie apart from the values: hardware then does not guess which lines come
    /// next. Where lines are read as they lie, and of bytes with a sign, asking was measured to cost more than it gave.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(PanelLayout layout, byte* panel, int element)
    {
        unchecked
        {
            if (!Sse.IsSupported || TFormat.HalfAt < 0 || TFormat.Signed) return;
            var lines = Lines(layout, panel, element);
            var bytes = layout.BlockLines * PanelLayout.LineBytes * StretchBlocks;
            for (var at = bytes; at < 2 * bytes; at += PanelLayout.LineBytes) Sse.Prefetch0(lines + at);
            if (TFormat.BlockSize == ActivationRows.SuperSize) return;
            var halves = panel + element / TFormat.BlockSize * PanelLayout.HalfBytes;
            for (var at = 512; at < 768; at += PanelLayout.LineBytes) Sse.Prefetch0(halves + at);
        }
    }

    /// <summary>Unpacks the scales of a stretch of one vector of rows; returns where its dwords are. Not inlined: its constants would take registers of the tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static byte* Scales(PanelLayout layout, byte* panel, int element, int groups, int lane, StretchScales scales)
    {
        unchecked
        {
            var halves = panel + element / TFormat.BlockSize * PanelLayout.HalfBytes + 2 * lane;
            var lines = Lines(layout, panel, element) + 4 * lane;
            if (TFormat.BlockSize == ActivationRows.SuperSize) TFormat.Scales<TSet, V>(halves, lines, scales);
            else
            {
                for (nint g = 0; g < groups; g++)
                    TFormat.Scales<TSet, V>(halves + g * PanelLayout.HalfBytes, lines + g * layout.BlockLines * PanelLayout.LineBytes, new StretchScales(scales.Scale(g)));
            }
            return lines;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Lines(PanelLayout layout, byte* panel, int element) =>
        unchecked(panel + layout.LinesAt + (long)(element / TFormat.BlockSize) * layout.BlockLines * PanelLayout.LineBytes);
}
