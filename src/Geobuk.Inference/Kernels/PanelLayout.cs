using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

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
    private const int Together = 4;

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

    /// <summary>
    /// Lays out up to 16 rows; where there are fewer the last one is repeated, and its results are never stored. Four rows at a time,
    /// and the same place of the next four is asked for meanwhile: experts are laid out each time that a token chooses them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(byte* firstRow, long rowBytes, int rows, byte* panel)
    {
        unchecked
        {
            var dwordsAt = HalfAt == 0 ? sizeof(ushort) : 0;
            for (var r = 0; r < Rows; r += Together)
            {
                byte* a = Row(r), b = Row(r + 1), c = Row(r + 2), d = Row(r + 3);
                var target = (uint*)(panel + LinesAt) + r;
                var halves = (ushort*)panel + r;
                var ahead = Together * rowBytes;
                for (var block = 0; block < Blocks; block++, a += BlockBytes, b += BlockBytes, c += BlockBytes, d += BlockBytes, halves += Rows)
                {
                    if (HalfAt >= 0)
                    {
                        halves[0] = *(ushort*)(a + HalfAt);
                        halves[1] = *(ushort*)(b + HalfAt);
                        halves[2] = *(ushort*)(c + HalfAt);
                        halves[3] = *(ushort*)(d + HalfAt);
                    }
                    target = FillBlock(a + dwordsAt, b + dwordsAt, c + dwordsAt, d + dwordsAt, target, ahead);
                }
            }
        }

        byte* Row(int row) => firstRow + Math.Min(row, rows - 1) * rowBytes;
    }

    /// <summary>The dwords of a block of four rows, side by side; returns where the next block's go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint* FillBlock(byte* a, byte* b, byte* c, byte* d, uint* target, long ahead)
    {
        unchecked
        {
            var i = 0;
            if (Sse2.IsSupported || AdvSimd.Arm64.IsSupported)
            {
                for (; i + Together <= BlockLines; i += Together, target += Together * Rows)
                {
                    var at = i * sizeof(uint);
                    if (Sse.IsSupported && at % LineBytes == 0)
                    {
                        Sse.Prefetch0(a + at + ahead);
                        Sse.Prefetch0(b + at + ahead);
                        Sse.Prefetch0(c + at + ahead);
                        Sse.Prefetch0(d + at + ahead);
                    }
                    var (first, second) = Pairs(Vector128.Load((uint*)(a + at)), Vector128.Load((uint*)(b + at)));
                    var (third, fourth) = Pairs(Vector128.Load((uint*)(c + at)), Vector128.Load((uint*)(d + at)));
                    var (line0, line1) = Pairs(first, third);
                    var (line2, line3) = Pairs(second, fourth);
                    line0.AsUInt32().Store(target);
                    line1.AsUInt32().Store(target + Rows);
                    line2.AsUInt32().Store(target + 2 * Rows);
                    line3.AsUInt32().Store(target + 3 * Rows);
                }
            }
            for (; i < BlockLines; i++, target += Rows)
            {
                target[0] = ((uint*)a)[i];
                target[1] = ((uint*)b)[i];
                target[2] = ((uint*)c)[i];
                target[3] = ((uint*)d)[i];
            }
            return target;
        }
    }

    /// <summary>Elements of two vectors by turns: those of the lower halves, those of the upper.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<ulong> Low, Vector128<ulong> High) Pairs(Vector128<uint> a, Vector128<uint> b) => Sse2.IsSupported
        ? (Sse2.UnpackLow(a, b).AsUInt64(), Sse2.UnpackHigh(a, b).AsUInt64())
        : (AdvSimd.Arm64.ZipLow(a, b).AsUInt64(), AdvSimd.Arm64.ZipHigh(a, b).AsUInt64());

    /// <inheritdoc cref="Pairs(Vector128{uint}, Vector128{uint})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<ulong> Low, Vector128<ulong> High) Pairs(Vector128<ulong> a, Vector128<ulong> b) => Sse2.IsSupported
        ? (Sse2.UnpackLow(a, b), Sse2.UnpackHigh(a, b))
        : (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b));
}
