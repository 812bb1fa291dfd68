using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Asks memory for the next stretch of a pair of panels while this one is computed, a part beside each tile: all at once would
/// hold up what is read now, and where tokens are few reading takes as long as computing.
/// </summary>
internal unsafe struct StretchAhead
{
    private readonly byte* _end;
    private readonly long _apart;
    private readonly int _part;
    private byte* _next;

    /// <param name="layout">How the panels lie.</param>
    /// <param name="panel">The first of them.</param>
    /// <param name="panels">One or two.</param>
    /// <param name="element">Where this stretch begins.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="goesOn">Whether the panels after these come next.</param>
    /// <param name="parts">How often it is called.</param>
    public StretchAhead(PanelLayout layout, byte* panel, int panels, int element, int columns, bool goesOn, int parts)
    {
        unchecked
        {
            if (!Sse.IsSupported) return;
            var bytes = (layout.PanelBytes - layout.LinesAt) / ((columns + ActivationRows.SuperSize - 1) / ActivationRows.SuperSize);
            var stretch = element / ActivationRows.SuperSize + 1;
            var isLast = element + ActivationRows.SuperSize >= columns;
            if (isLast && !goesOn) return;
            _next = panel + layout.LinesAt + (isLast ? panels * layout.PanelBytes : stretch * bytes);
            _end = _next + bytes;
            _apart = panels > 1 ? layout.PanelBytes : 0;
            _part = (int)((bytes / PanelLayout.LineBytes + parts - 1) / parts + 1) * PanelLayout.LineBytes;
        }
    }

    /// <summary>Asks for the next part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fetch()
    {
        unchecked
        {
            for (var end = _next + _part; _next < end && _next < _end; _next += PanelLayout.LineBytes)
            {
                Sse.Prefetch0(_next);
                Sse.Prefetch0(_next + _apart);
            }
        }
    }
}
