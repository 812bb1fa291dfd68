using System.Runtime.CompilerServices;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Weights as the quantized kernel reads them. 16 rows make a panel; every block of theirs is cut into dwords, and the 16 rows'
/// dwords of the same place lie side by side in a line of 64 bytes. Half-precision scales that are no part of a dword come
/// first, 16 of a block together. A panel is as large as the rows, up to a cache line.
/// </summary>
internal readonly unsafe record struct PanelLayout(int Blocks, int BlockBytes, int HalfAt)
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;
    /// <summary>Bytes of a line: a dword of each row.</summary>
    public const int LineBytes = 64;
    /// <summary>Bytes of a block's scales that are no part of a dword.</summary>
    public const int HalfBytes = 2 * Rows;

    /// <summary>Lines of a block.</summary>
    public int BlockLines => BlockBytes / sizeof(uint);
    /// <summary>Bytes from the panel's start to its first line.</summary>
    public long LinesAt => HalfAt < 0 ? 0 : Align((long)Blocks * HalfBytes);
    /// <summary>Bytes of a panel.</summary>
    public long PanelBytes => LinesAt + (long)Blocks * BlockLines * LineBytes;

    /// <summary>Where the lines of a panel's block begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Lines(byte* panel, int block) => unchecked(panel + LinesAt + (long)block * BlockLines * LineBytes);

    /// <summary>Panels of so many rows.</summary>
    public static int Panels(int rows) => (rows + Rows - 1) / Rows;

    /// <summary>Rounds up to a cache line.</summary>
    public static long Align(long bytes) => (bytes + 63) & -64;

    /// <summary>Lays out up to 16 rows; where there are fewer the last one is repeated, and its results are never stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(byte* firstRow, long rowBytes, int rows, byte* panel)
    {
        unchecked
        {
            var dwordsAt = HalfAt == 0 ? sizeof(ushort) : 0;
            var lines = BlockLines;
            for (var r = 0; r < Rows; r++)
            {
                var source = firstRow + Math.Min(r, rows - 1) * rowBytes;
                var target = (uint*)(panel + LinesAt) + r;
                for (var b = 0; b < Blocks; b++, source += BlockBytes)
                {
                    if (HalfAt >= 0) ((ushort*)panel)[b * Rows + r] = *(ushort*)(source + HalfAt);
                    var dwords = (uint*)(source + dwordsAt);
                    for (var i = 0; i < lines; i++, target += Rows) *target = dwords[i];
                }
            }
        }
    }
}
