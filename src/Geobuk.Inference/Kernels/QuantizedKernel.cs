using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Matrix product for quantized formats with 8-bit inputs: the one driver, for any format and instruction set. Few tokens read the
/// panels as they are. Many tokens share values that are unpacked into the first-level cache, stretch by stretch of 256 elements.
/// </summary>
internal static unsafe class QuantizedKernel<TFormat, TSet, TDot, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where TDot : struct, IByteDot<V> where V : unmanaged
{
    /// <summary>From so many tokens on, unpacking pays.</summary>
    private const int UnpackFrom = 9;
    /// <summary>Tokens whose sums are kept while a pair of panels is read.</summary>
    private const int MostTokens = 256;
    private const int Stretch = 256;
    private const int SumsBytes = MostTokens * 2 * PanelLayout.LineBytes;

    private static int UnpackedBytes => Stretch / 4 * (TFormat.Signed ? 2 : 1) * PanelLayout.LineBytes;

    /// <summary>Scratch bytes that <see cref="Multiply"/> needs.</summary>
    public static long ScratchBytes(int columns) =>
        SumsBytes + 2 * (UnpackedBytes + StretchScales.Bytes + PanelLayout.Align(Layout(columns).PanelBytes));

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
                    var panel = Panels(job, layout, row, panels, scratch + SumsBytes + 2 * (UnpackedBytes + StretchScales.Bytes));
                    new Span<byte>(scratch, (last - token) * 2 * PanelLayout.LineBytes).Clear();
                    if (last - token < UnpackFrom) Direct(job, layout, panel, panels, token, last, scratch);
                    else Unpacked(job, layout, panel, panels, token, last, scratch);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Direct(MatrixJob* job, PanelLayout layout, byte* panel, int panels, int first, int end, byte* scratch)
    {
        unchecked
        {
            var input = job->Input.Form(TFormat.BlockSize);
            var scales = new StretchScales(scratch + SumsBytes);
            for (var i = 0; i < panels; i++, panel += layout.PanelBytes)
            {
                for (var lane = 0; lane < PanelLayout.Rows; lane += TSet.Lanes)
                {
                    if (first + 1 == end)
                    {
                        MatrixTile<TFormat, TSet, TDot, V>.WholeRow(
                            layout, panel, lane, input.From(first, job->Columns, TFormat.BlockSize), job->Columns, scales, scratch + i * PanelLayout.LineBytes + 4 * lane);
                        continue;
                    }
                    for (var element = 0; element < job->Columns; element += Stretch)
                    {
                        var groups = Math.Min(Stretch, job->Columns - element) / ActivationRows.GroupSize;
                        var lines = StretchReader<TFormat, TSet, V>.Scales(layout, panel, element, groups, lane, scales);
                        for (var token = first; token < end; token += 4)
                        {
                            var sums = scratch + (token - first) * 2 * PanelLayout.LineBytes + i * PanelLayout.LineBytes + 4 * lane;
                            var inputs = new TileInputs<TFormat>(input, job->Columns, token, end - 1, element);
                            MatrixTile<TFormat, TSet, TDot, V>.OneByFour(lines, scales, inputs, groups, sums, 2 * PanelLayout.LineBytes);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpacked(MatrixJob* job, PanelLayout layout, byte* panel, int panels, int first, int end, byte* scratch)
    {
        unchecked
        {
            const int SumStride = 2 * PanelLayout.LineBytes;
            var input = job->Input.Form(TFormat.BlockSize);
            var values = scratch + SumsBytes;
            StretchScales s0 = new(values + 2 * UnpackedBytes), s1 = new(values + 2 * UnpackedBytes + StretchScales.Bytes);
            for (var element = 0; element < job->Columns; element += Stretch)
            {
                var groups = Math.Min(Stretch, job->Columns - element) / ActivationRows.GroupSize;
                for (var i = 0; i < panels; i++)
                {
                    for (var lane = 0; lane < PanelLayout.Rows; lane += TSet.Lanes)
                    {
                        var lines = StretchReader<TFormat, TSet, V>.Scales(layout, panel + i * layout.PanelBytes, element, groups, lane, (i == 0 ? s0 : s1).From(lane));
                        Unpack(lines, values + i * UnpackedBytes + 4 * lane, groups);
                    }
                }
                for (var token = first; token < end; token += 4)
                {
                    var sums = scratch + (token - first) * SumStride;
                    var inputs = new TileInputs<TFormat>(input, job->Columns, token, end - 1, element);
                    if (TSet.HasManyRegisters && panels == 2)
                    {
                        MatrixTile<UnpackedPanel<TFormat>, TSet, TDot, V>.TwoByFour(values, s0, values + UnpackedBytes, s1, Of(inputs), groups, sums, SumStride);
                        continue;
                    }
                    for (var i = 0; i < panels; i++)
                    {
                        for (var lane = 0; lane < PanelLayout.Rows; lane += TSet.Lanes)
                        {
                            MatrixTile<UnpackedPanel<TFormat>, TSet, TDot, V>.OneByFour(
                                values + i * UnpackedBytes + 4 * lane, (i == 0 ? s0 : s1).From(lane), Of(inputs), groups, sums + i * PanelLayout.LineBytes + 4 * lane, SumStride);
                        }
                    }
                }
            }
        }
    }

    /// <summary>The same pointers: what they point to depends on the format's constants alone.</summary>
    private static ref readonly TileInputs<UnpackedPanel<TFormat>> Of(in TileInputs<TFormat> inputs) =>
        ref Unsafe.As<TileInputs<TFormat>, TileInputs<UnpackedPanel<TFormat>>>(ref Unsafe.AsRef(in inputs));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(byte* lines, byte* values, int groups)
    {
        unchecked
        {
            var steps = TFormat.Signed ? 16 : 8;
            for (var g = 0; g < groups; g++)
            {
                for (var step = 0; step < steps; step++)
                    TSet.Store(TFormat.Values<TSet, V>(lines, g, step), values + (g * steps + step) * PanelLayout.LineBytes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(MatrixJob* job, int row, int rows, int first, int end, byte* sums)
    {
        unchecked
        {
            for (var token = first; token < end; token++, sums += 2 * PanelLayout.LineBytes)
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
