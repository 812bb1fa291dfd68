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
    /// <param name="block">The block that the next stretch begins with.</param>
    /// <param name="blocks">Blocks of a stretch.</param>
    /// <param name="goesOn">Whether the panels after these come next.</param>
    /// <param name="parts">How often it is called.</param>
    public StretchAhead(PanelLayout layout, byte* panel, int panels, int block, int blocks, bool goesOn, int parts)
    {
        unchecked
        {
            var isLast = block >= layout.Blocks;
            if (!Sse.IsSupported || (isLast && !goesOn)) return;
            var lines = blocks * layout.BlockLines;
            _next = isLast ? layout.Lines(panel + panels * layout.PanelBytes, 0) : layout.Lines(panel, block);
            _end = _next + lines * PanelLayout.LineBytes;
            _apart = panels > 1 ? layout.PanelBytes : 0;
            _part = ((lines + parts - 1) / parts + 1) * PanelLayout.LineBytes;
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
