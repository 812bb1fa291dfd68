using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Matrix product for quantized formats with 8-bit inputs: the one driver, for any format and instruction set. One token reads the
/// panels as they are. Several share values that are unpacked into the first-level cache, stretch by stretch of 256 elements.
/// </summary>
internal static unsafe class QuantizedKernel<TFormat, TSet, TDot, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where TDot : struct, IByteDot<V> where V : unmanaged
{
    /// <summary>Tokens whose sums are kept while a pair of panels is read.</summary>
    private const int MostTokens = 256;
    private const int Stretch = 256;
    private const int SumStride = 2 * PanelLayout.LineBytes;
    private const int SumsBytes = MostTokens * SumStride;

    private static int UnpackedBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Stretch / 4 * PanelLayout.LineBytes;
    }

    private static int VectorBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(uint) * TSet.Lanes;
    }

    /// <summary>What a tile works with: integer sums, the scales and the unpacked values of two panels.</summary>
    private static int TileBytes => MatrixTile<TFormat, TSet, TDot, V>.WorkBytes + 2 * (StretchScales.Bytes + UnpackedBytes);

    /// <summary>Scratch bytes that <see cref="Multiply"/> needs.</summary>
    public static long ScratchBytes(int columns) => SumsBytes + TileBytes + 2 * PanelLayout.Align(Layout(columns).PanelBytes);

    /// <summary>Rows from <paramref name="first"/>, a multiple of 16, to <paramref name="end"/>, for the tokens of the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(MatrixJob* job, int first, int end, int firstToken, int endToken, byte* scratch)
    {
        unchecked
        {
            var layout = Layout(job->Columns);
            for (var token = firstToken; token < endToken; token += MostTokens)
            {
                var last = Math.Min(token + MostTokens, endToken);
                for (var row = first; row < end; row += 2 * PanelLayout.Rows)
                {
                    var panels = Math.Min(2, PanelLayout.Panels(end - row));
                    var panel = Panels(job, layout, row, panels, scratch + SumsBytes + TileBytes);
                    new Span<byte>(scratch, (last - token) * SumStride).Clear();
                    if (token + 1 == last) Direct(job, layout, panel, panels, token, Ahead(job, layout, row, panel), scratch);
                    else Unpacked(job, layout, panel, panels, token, last, row + 2 * PanelLayout.Rows < end, scratch);
                    Store(job, row, Math.Min(end - row, 2 * PanelLayout.Rows), token, last, scratch);
                }
            }
        }
    }

    private static PanelLayout Layout(int columns) => new(columns / TFormat.BlockSize, TFormat.BlockBytes, TFormat.HalfAt);

    /// <summary>Where the panels lie, after they were laid out if the weights are still the file's.</summary>
    private static byte* Panels(MatrixJob* job, PanelLayout layout, int row, int panels, byte* scratch)
    {
        unchecked
        {
            if (job->Panels != null) return job->Panels + row / PanelLayout.Rows * layout.PanelBytes;
            for (var i = 0; i < panels; i++)
            {
                var at = row + i * PanelLayout.Rows;
                layout.Fill(job->Weights + at * job->RowBytes, job->RowBytes, Math.Min(PanelLayout.Rows, job->Rows - at), scratch + i * layout.PanelBytes);
            }
            return scratch;
        }
    }

    /// <summary>
    /// How far ahead of what is read the memory lies that is asked for meanwhile: in panels two pages from the first line on, behind all
    /// scales, which in wide matrices are more than that; else from the pair that was laid out to the rows of the next, which take as many bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Ahead(MatrixJob* job, PanelLayout layout, int row, byte* panel) =>
        job->Panels != null ? unchecked((nint)layout.LinesAt + StretchReader<TFormat, TSet, V>.Ahead) : unchecked((nint)(job->Weights + (row + 2 * PanelLayout.Rows) * job->RowBytes - panel));

    /// <summary>Vectors of rows in so many panels; two are computed at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Vectors(int panels) => panels * (PanelLayout.Rows / TSet.Lanes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Direct(MatrixJob* job, PanelLayout layout, byte* panel, int panels, int token, nint ahead, byte* scratch)
    {
        unchecked
        {
            var input = job->Input.Form(TFormat.BlockSize).From(token, job->Columns, TFormat.BlockSize);
            var scales = new StretchScales(scratch + SumsBytes + MatrixTile<TFormat, TSet, TDot, V>.WorkBytes);
            for (var v = 0; v < Vectors(panels); v += MatrixTile<TFormat, TSet, TDot, V>.RowVectors)
            {
                byte* own = panel + v * TSet.Lanes / PanelLayout.Rows * layout.PanelBytes, sums = scratch + v * VectorBytes;
                var lane = v * TSet.Lanes % PanelLayout.Rows;
                if (MatrixTile<TFormat, TSet, TDot, V>.Twin > 0) MatrixTile<TFormat, TSet, TDot, V>.TwinRow(layout, own, lane, input, job->Columns, scales, sums, ahead);
                else MatrixTile<TFormat, TSet, TDot, V>.WholeRow(layout, own, lane, input, job->Columns, scales, sums, ahead);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpacked(MatrixJob* job, PanelLayout layout, byte* panel, int panels, int first, int end, bool goesOn, byte* scratch)
    {
        unchecked
        {
            var input = job->Input.Form(TFormat.BlockSize);
            var work = scratch + SumsBytes;
            var scales = work + MatrixTile<TFormat, TSet, TDot, V>.WorkBytes;
            var values = scales + 2 * StretchScales.Bytes;
            var pairs = (Vectors(panels) + 1) / 2;
            for (var element = 0; element < job->Columns; element += Stretch)
            {
                var groups = Math.Min(Stretch, job->Columns - element) / ActivationRows.GroupSize;
                for (var v = 0; v < Vectors(panels); v++)
                {
                    var lane = v * TSet.Lanes % PanelLayout.Rows;
                    var own = panel + v * TSet.Lanes / PanelLayout.Rows * layout.PanelBytes;
                    var lines = StretchReader<TFormat, TSet, V>.Scales(layout, own, element, groups, lane, new StretchScales(Of(v, scales, StretchScales.Bytes)));
                    Unpack(lines, Of(v, values, UnpackedBytes), groups);
                }
                var ahead = new StretchAhead(
                    layout, panel, panels, (element + Stretch) / TFormat.BlockSize, Stretch / TFormat.BlockSize, job->Panels != null && goesOn, (end - first + 3) / 4 * pairs);
                for (var token = first; token < end; token += 4)
                {
                    var inputs = new TileInputs<TFormat>(input, job->Columns, token, end - 1, element);
                    var sums = scratch + (token - first) * SumStride;
                    for (var v = 0; v < Vectors(panels); v += 2)
                    {
                        ahead.Fetch();
                        var other = Math.Min(v + 1, Vectors(panels) - 1);
                        MatrixTile<TFormat, TSet, TDot, V>.TwoByFour(
                            Of(v, values, UnpackedBytes), new StretchScales(Of(v, scales, StretchScales.Bytes)),
                            Of(other, values, UnpackedBytes), new StretchScales(Of(other, scales, StretchScales.Bytes)), inputs, groups, sums + v * VectorBytes, SumStride, work);
                    }
                }
            }
        }
    }

    /// <summary>Where a vector of rows begins in lines of 16 lanes, of which every panel has so many bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Of(int vector, byte* panels, int bytes)
    {
        unchecked
        {
            var row = (uint)vector * (uint)TSet.Lanes;
            return panels + row / PanelLayout.Rows * bytes + row % PanelLayout.Rows * sizeof(uint);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(byte* lines, byte* values, int groups)
    {
        unchecked
        {
            const nint steps = ActivationRows.GroupSize / 4;
            nint twin = MatrixTile<TFormat, TSet, TDot, V>.Twin, run = twin > 0 ? 2 * steps : TFormat.RunSteps;
            for (nint g = 0; g < groups; g++)
            {
                if ((g & twin) != 0) continue;
                for (nint first = 0; first < steps; first += run)
                {
                    for (nint half = 0; half < run / 2; half++)
                    {
                        var step = first + (TFormat.Apart == 1 ? 2 * half : half);
                        var (a, b) = TFormat.Values<TSet, V>(lines, g, step);
                        var target = values + (g * steps + step) * PanelLayout.LineBytes;
                        TSet.Store(a, target);
                        TSet.Store(b, target + TFormat.Apart * PanelLayout.LineBytes);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(MatrixJob* job, int row, int rows, int first, int end, byte* sums)
    {
        unchecked
        {
            for (var token = first; token < end; token++, sums += SumStride)
            {
                var r = 0;
                for (; r + TSet.Lanes <= rows; r += TSet.Lanes)
                {
                    var target = (byte*)(job->Output + (long)token * job->Rows + row + r);
                    var value = TSet.Load(sums + 4 * r);
                    if (job->Bias != null) value = TSet.AddSingle(value, TSet.Load((byte*)(job->Bias + row + r)));
                    TSet.Store(job->Accumulate ? TSet.AddSingle(TSet.Load(target), value) : value, target);
                }
                for (; r < rows; r++) job->Store(token, row + r, ((float*)sums)[r]);
            }
        }
    }
}
