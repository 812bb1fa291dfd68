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
    /// Asks for the next stretch where scales or upper bits lie apart from the values: hardware then does not guess which lines come
    /// next. Where lines are read as they lie, and of bytes with a sign, asking was measured to cost more than it gave.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* lines, byte* halves, int stretchBytes)
    {
        unchecked
        {
            if (!Sse.IsSupported || TFormat.HalfAt < 0 || TFormat.Signed) return;
            for (var at = stretchBytes; at < 2 * stretchBytes; at += PanelLayout.LineBytes) Sse.Prefetch0(lines + at);
            if (TFormat.BlockSize == ActivationRows.SuperSize) return;
            for (var at = 512; at < 768; at += PanelLayout.LineBytes) Sse.Prefetch0(halves + at);
        }
    }

    /// <summary>Unpacks the scales of a stretch of one vector of rows; returns where its dwords are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Scales(PanelLayout layout, byte* panel, int element, int groups, int lane, StretchScales scales)
    {
        unchecked
        {
            var block = element / TFormat.BlockSize;
            var halves = panel + block * PanelLayout.HalfBytes + 2 * lane;
            var lines = panel + layout.LinesAt + (long)block * layout.BlockLines * PanelLayout.LineBytes + 4 * lane;
            if (TFormat.BlockSize == ActivationRows.SuperSize) TFormat.Scales<TSet, V>(halves, lines, scales);
            else
            {
                for (var g = 0; g < groups; g++)
                    TFormat.Scales<TSet, V>(halves + g * PanelLayout.HalfBytes, lines + g * layout.BlockLines * PanelLayout.LineBytes, new StretchScales(scales.Scale(g)));
            }
            Fetch(lines, halves, layout.BlockLines * PanelLayout.LineBytes * (ActivationRows.SuperSize / TFormat.BlockSize));
            return lines;
        }
    }
}
