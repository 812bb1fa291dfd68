using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>Begins a stretch of up to 256 elements of one vector of rows: its scales, and what memory is asked for next.</summary>
internal static unsafe class StretchReader<TFormat, TSet, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where V : unmanaged
{
    /// <summary>How far ahead lines of panels are asked for: as far as a page, where hardware stops looking ahead.</summary>
    public const int Ahead = 4096;

    /// <summary>
    /// Asks for lines of a group further on: hardware stops looking ahead at the end of a page, and does not guess what comes next where
    /// scales or upper bits lie apart. Group by group and not a stretch at once, which would hold up what is read now.
    /// </summary>
    /// <param name="lines">The stretch's.</param>
    /// <param name="group">The group that is read now.</param>
    /// <param name="ahead">Bytes from there to what is asked for.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(byte* lines, nint group, nint ahead)
    {
        unchecked
        {
            if (!Sse.IsSupported) return;
            var from = lines + ahead + group * GroupLines * PanelLayout.LineBytes;
            // Known when it is compiled: of a loop over so few lines the counting would be most.
            Sse.Prefetch0(from);
            if (GroupLines > 1) Sse.Prefetch0(from + PanelLayout.LineBytes);
            if (GroupLines > 2) Sse.Prefetch0(from + 2 * PanelLayout.LineBytes);
            if (GroupLines > 3) Sse.Prefetch0(from + 3 * PanelLayout.LineBytes);
            if (GroupLines > 4) Sse.Prefetch0(from + 4 * PanelLayout.LineBytes);
            if (GroupLines > 5) Sse.Prefetch0(from + 5 * PanelLayout.LineBytes);
            if (GroupLines > 6) Sse.Prefetch0(from + 6 * PanelLayout.LineBytes);
            if (GroupLines > 7) Sse.Prefetch0(from + 7 * PanelLayout.LineBytes);
        }
    }

    /// <summary>Lines of a group, eight at most.</summary>
    private static int GroupLines
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (TFormat.BlockBytes / sizeof(uint) + BlockGroups - 1) / BlockGroups;
    }

    /// <summary>Groups of a block.</summary>
    private static int BlockGroups
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.BlockSize / ActivationRows.GroupSize;
    }

    /// <summary>Unpacks the scales of a stretch of neighbouring vectors of rows; returns where the first one's dwords are. Not inlined: its constants would take registers of the tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static byte* Scales(PanelLayout layout, byte* panel, int element, int groups, int lane, int vectors, StretchScales scales)
    {
        unchecked
        {
            var halves = panel + element / TFormat.BlockSize * PanelLayout.HalfBytes + 2 * lane;
            var lines = layout.Lines(panel, element / TFormat.BlockSize) + 4 * lane;
            for (var v = 0; v < vectors; v++)
            {
                byte* half = halves + v * 2 * TSet.Lanes, line = lines + v * 4 * TSet.Lanes, target = scales.From(v * TSet.Lanes).Scale(0);
                if (TFormat.BlockSize == ActivationRows.SuperSize)
                {
                    TFormat.Scales<TSet, V>(half, line, new StretchScales(target));
                    continue;
                }
                for (nint g = 0; g < groups; g++)
                {
                    TFormat.Scales<TSet, V>(half, line, new StretchScales(target));
                    half += PanelLayout.HalfBytes;
                    line += layout.BlockLines * PanelLayout.LineBytes;
                    target += StretchScales.LineBytes;
                }
            }
            return lines;
        }
    }
}
