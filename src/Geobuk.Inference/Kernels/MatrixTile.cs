using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// The innermost loops of a matrix product: vectors of rows by tokens over a stretch of up to 256 elements. Integer sums are exact,
/// and every (row, token) has one float accumulator that takes one fused multiply-add per block in order (two in blocks with minima,
/// one per run where a block of 32 has several), so the result depends on neither tile, batch nor instruction set.
/// Sums lie in lines of 16 lanes, <c>stride</c> bytes from token to token.
/// </summary>
internal static unsafe class MatrixTile<TFormat, TSet, TDot, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where TDot : struct, IByteDot<V> where V : unmanaged
{
    /// <summary>Bytes that <see cref="TwoByFour"/> keeps integer sums in.</summary>
    public const int WorkBytes = 8 * PanelLayout.LineBytes;

    /// <summary>Steps of four elements in a group.</summary>
    private const int GroupSteps = ActivationRows.GroupSize / 4;

    /// <summary>How many groups further the one lies whose values stand in the same lines; 0 where lines are a group's own.</summary>
    public static int Twin
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.Apart / GroupSteps;
    }

    private static int VectorBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(uint) * TSet.Lanes;
    }

    /// <summary>A panel has several vectors: generation takes its rows two vectors at a time, so that lines are read whole.</summary>
    private static bool Paired
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSet.Lanes < PanelLayout.Rows;
    }

    /// <summary>Vectors of rows that <see cref="WholeRow"/> computes.</summary>
    public static int RowVectors => Paired ? 2 : 1;

    /// <summary>Neighbouring vectors of a panel by one token, over all columns: generation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WholeRow(PanelLayout layout, byte* panel, int lane, in QuantizedRows input, int columns, StretchScales scales0, byte* sums, nint ahead)
    {
        unchecked
        {
            var x0 = (byte*)input.Bytes;
            var s0 = input.Scales;
            var b0 = TileInputs<TFormat>.Sums(input, 0);
            var scales1 = scales0.From(TSet.Lanes);
            V total = default, other = default;
            var from = panel + ahead;
            for (var element = 0; element < columns; element += ActivationRows.SuperSize)
            {
                var groups = Math.Min(ActivationRows.SuperSize, columns - element) / ActivationRows.GroupSize;
                var lines0 = StretchReader<TFormat, TSet, V>.Scales(layout, panel, element, groups, lane, scales0);
                if (Paired) StretchReader<TFormat, TSet, V>.Scales(layout, panel, element, groups, lane + TSet.Lanes, scales1);
                V a = TFormat.BlockSize == 256 ? default : total, b = TFormat.BlockSize == 256 ? default : other;
                for (nint g = 0; g < groups; g++)
                {
                    StretchReader<TFormat, TSet, V>.Fetch(from, g);
                    for (nint step = 0; step < GroupSteps; step += TFormat.RunSteps)
                    {
                        V c = Begin(b0, g, step), d = c;
                        for (nint half = 0; half < TFormat.RunSteps / 2; half++)
                        {
                            var s = TFormat.Apart == 1 ? 2 * half : half;
                            Cells(lines0, g, step + s, x0 + 4 * s, x0 + 4 * (s + TFormat.Apart), ref c, ref d, ref c, ref d);
                        }
                        a = Fold(a, c, WeightScale(scales0, g, step), scales0, g, step, b0, s0);
                        if (Paired) b = Fold(b, d, WeightScale(scales1, g, step), scales1, g, step, b0, s0);
                        x0 += 4 * TFormat.RunSteps;
                    }
                }
                total = TFormat.BlockSize == 256 ? Close(a, scales0, b0, s0, total) : a;
                if (Paired) other = TFormat.BlockSize == 256 ? Close(b, scales1, b0, s0, other) : b;
                s0 += ActivationRows.SuperSize / TFormat.BlockSize;
                b0 += TileInputs<TFormat>.SumsBytes;
                from += 8 * StretchReader<TFormat, TSet, V>.GroupBytes;
            }
            TSet.Store(total, sums);
            if (Paired) TSet.Store(other, sums + VectorBytes);
        }
    }

    /// <summary>
    /// Two vectors of unpacked rows by four tokens. The eight sums of a run stay in registers; those of blocks and rows do where there are 32
    /// registers, else in memory: <paramref name="work"/> or the sums themselves.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwoByFour(
        byte* lines0, StretchScales scales0, byte* lines1, StretchScales scales1, in TileInputs<TFormat> inputs, int groups, byte* sums, int stride, byte* work)
    {
        unchecked
        {
            byte* x0 = inputs.X0, x1 = inputs.X1, x2 = inputs.X2, x3 = inputs.X3;
            // Where running sums are kept: integers begin at zero, floats where the last stretch ended.
            byte* low = TFormat.BlockSize == 256 ? work : sums, high = low + VectorBytes;
            var next = TFormat.BlockSize == 256 ? 2 * VectorBytes : stride;
            if (TFormat.BlockSize == 256 && !TSet.HasManyRegisters)
            {
                for (var i = 0; i < 8; i++) TSet.Store(default, work + i * VectorBytes);
            }
            V a0 = Start(low), a1 = Start(low + next), a2 = Start(low + 2 * next), a3 = Start(low + 3 * next);
            V b0 = Start(high), b1 = Start(high + next), b2 = Start(high + 2 * next), b3 = Start(high + 3 * next);
            for (nint g = 0; g < groups; g++)
            {
                for (nint step = 0; step < GroupSteps; step += TFormat.RunSteps)
                {
                    byte* l0 = lines0 + (g * GroupSteps + step) * PanelLayout.LineBytes, l1 = lines1 + (g * GroupSteps + step) * PanelLayout.LineBytes;
                    V w0 = TSet.Load(l0), w1 = TSet.Load(l1);
                    var x = TSet.Repeat(x0);
                    V c0 = First(w0, x, inputs.B0, g, step), d0 = First(w1, x, inputs.B0, g, step);
                    x = TSet.Repeat(x1);
                    V c1 = First(w0, x, inputs.B1, g, step), d1 = First(w1, x, inputs.B1, g, step);
                    x = TSet.Repeat(x2);
                    V c2 = First(w0, x, inputs.B2, g, step), d2 = First(w1, x, inputs.B2, g, step);
                    x = TSet.Repeat(x3);
                    V c3 = First(w0, x, inputs.B3, g, step), d3 = First(w1, x, inputs.B3, g, step);
                    Step(l0, l1, 1, x0, x1, x2, x3, ref c0, ref c1, ref c2, ref c3, ref d0, ref d1, ref d2, ref d3);
                    // By two: a whole run at once is more than the compiler inlines.
                    for (nint s = 2; s < TFormat.RunSteps; s += 2)
                    {
                        Step(l0, l1, s, x0, x1, x2, x3, ref c0, ref c1, ref c2, ref c3, ref d0, ref d1, ref d2, ref d3);
                        Step(l0, l1, s + 1, x0, x1, x2, x3, ref c0, ref c1, ref c2, ref c3, ref d0, ref d1, ref d2, ref d3);
                    }
                    V p = WeightScale(scales0, g, step), q = WeightScale(scales1, g, step);
                    a0 = Keep(Fold(Kept(a0, low), c0, p, scales0, g, step, inputs.B0, inputs.S0), low);
                    b0 = Keep(Fold(Kept(b0, high), d0, q, scales1, g, step, inputs.B0, inputs.S0), high);
                    a1 = Keep(Fold(Kept(a1, low + next), c1, p, scales0, g, step, inputs.B1, inputs.S1), low + next);
                    b1 = Keep(Fold(Kept(b1, high + next), d1, q, scales1, g, step, inputs.B1, inputs.S1), high + next);
                    a2 = Keep(Fold(Kept(a2, low + 2 * next), c2, p, scales0, g, step, inputs.B2, inputs.S2), low + 2 * next);
                    b2 = Keep(Fold(Kept(b2, high + 2 * next), d2, q, scales1, g, step, inputs.B2, inputs.S2), high + 2 * next);
                    a3 = Keep(Fold(Kept(a3, low + 3 * next), c3, p, scales0, g, step, inputs.B3, inputs.S3), low + 3 * next);
                    b3 = Keep(Fold(Kept(b3, high + 3 * next), d3, q, scales1, g, step, inputs.B3, inputs.S3), high + 3 * next);
                    x0 += 4 * TFormat.RunSteps; x1 += 4 * TFormat.RunSteps; x2 += 4 * TFormat.RunSteps; x3 += 4 * TFormat.RunSteps;
                }
            }
            if (TFormat.BlockSize != 256 && !TSet.HasManyRegisters) return;
            End(Kept(a0, low), scales0, inputs.B0, inputs.S0, sums);
            End(Kept(b0, high), scales1, inputs.B0, inputs.S0, sums + VectorBytes);
            End(Kept(a1, low + next), scales0, inputs.B1, inputs.S1, sums + stride);
            End(Kept(b1, high + next), scales1, inputs.B1, inputs.S1, sums + stride + VectorBytes);
            End(Kept(a2, low + 2 * next), scales0, inputs.B2, inputs.S2, sums + 2 * stride);
            End(Kept(b2, high + 2 * next), scales1, inputs.B2, inputs.S2, sums + 2 * stride + VectorBytes);
            End(Kept(a3, low + 3 * next), scales0, inputs.B3, inputs.S3, sums + 3 * stride);
            End(Kept(b3, high + 3 * next), scales1, inputs.B3, inputs.S3, sums + 3 * stride + VectorBytes);
        }
    }

    /// <summary>As <see cref="WholeRow"/> for formats with twins: two groups at once, so that every line is read once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwinRow(PanelLayout layout, byte* panel, int lane, in QuantizedRows input, int columns, StretchScales scales0, byte* sums, nint ahead)
    {
        unchecked
        {
            var x0 = (byte*)input.Bytes;
            var s0 = input.Scales;
            var b0 = TileInputs<TFormat>.Sums(input, 0);
            var scales1 = scales0.From(TSet.Lanes);
            V total = default, other = default;
            var from = panel + ahead;
            for (var element = 0; element < columns; element += ActivationRows.SuperSize)
            {
                var lines = StretchReader<TFormat, TSet, V>.Scales(layout, panel, element, 8, lane, scales0);
                if (Paired) StretchReader<TFormat, TSet, V>.Scales(layout, panel, element, 8, lane + TSet.Lanes, scales1);
                V a = default, b = default;
                for (nint pair = 0; pair < 4; pair++)
                {
                    var g = Twin == 1 ? 2 * pair : pair + (pair & 2);
                    var twin = g + Twin;
                    StretchReader<TFormat, TSet, V>.Fetch(from, 2 * pair);
                    StretchReader<TFormat, TSet, V>.Fetch(from, 2 * pair + 1);
                    for (nint step = 0; step < GroupSteps; step += TFormat.RunSteps)
                    {
                        byte* line = lines + step * PanelLayout.LineBytes, x = x0 + 32 * g + 4 * step;
                        V c = Begin(b0, g, step), d = c, e = Begin(b0, twin, step), f = e;
                        for (nint s = 0; s < TFormat.RunSteps; s += 2)
                        {
                            Cells(line, g, 0, x, x + 32 * Twin, ref c, ref d, ref e, ref f);
                            Cells(line + PanelLayout.LineBytes, g, 0, x + 4, x + 4 + 32 * Twin, ref c, ref d, ref e, ref f);
                            line += 2 * PanelLayout.LineBytes;
                            x += 8;
                        }
                        a = Fold(a, c, WeightScale(scales0, g, step), scales0, g, step, b0, s0);
                        a = Fold(a, e, WeightScale(scales0, twin, step), scales0, twin, step, b0, s0);
                        if (!Paired) continue;
                        b = Fold(b, d, WeightScale(scales1, g, step), scales1, g, step, b0, s0);
                        b = Fold(b, f, WeightScale(scales1, twin, step), scales1, twin, step, b0, s0);
                    }
                }
                total = Close(a, scales0, b0, s0, total);
                if (Paired) other = Close(b, scales1, b0, s0, other);
                x0 += ActivationRows.SuperSize;
                b0 += TileInputs<TFormat>.SumsBytes;
                from += 8 * StretchReader<TFormat, TSet, V>.GroupBytes;
                s0++;
            }
            TSet.Store(total, sums);
            if (Paired) TSet.Store(other, sums + VectorBytes);
        }
    }

    /// <summary>Values that stand together, of one token: the first ones go into <paramref name="c"/> and <paramref name="d"/>, the others into the other two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Cells(byte* lines, nint group, nint step, byte* first, byte* second, ref V c, ref V d, ref V e, ref V f)
    {
        unchecked
        {
            V x = TSet.Repeat(first), y = TSet.Repeat(second);
            var (p, q) = TFormat.Values<TSet, V>(lines, group, step);
            c = TDot.Accumulate(c, p, x);
            e = TDot.Accumulate(e, q, y);
            if (!Paired) return;
            (p, q) = TFormat.Values<TSet, V>(lines + VectorBytes, group, step);
            d = TDot.Accumulate(d, p, x);
            f = TDot.Accumulate(f, q, y);
        }
    }

    /// <summary>A step of four tokens for two vectors of values that were unpacked, a line per step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        byte* lines0, byte* lines1, nint step, byte* x0, byte* x1, byte* x2, byte* x3,
        ref V c0, ref V c1, ref V c2, ref V c3, ref V d0, ref V d1, ref V d2, ref V d3)
    {
        unchecked
        {
            V w0 = TSet.Load(lines0 + step * PanelLayout.LineBytes), w1 = TSet.Load(lines1 + step * PanelLayout.LineBytes);
            var x = TSet.Repeat(x0 + 4 * step);
            c0 = TDot.Accumulate(c0, w0, x);
            d0 = TDot.Accumulate(d0, w1, x);
            x = TSet.Repeat(x1 + 4 * step);
            c1 = TDot.Accumulate(c1, w0, x);
            d1 = TDot.Accumulate(d1, w1, x);
            x = TSet.Repeat(x2 + 4 * step);
            c2 = TDot.Accumulate(c2, w0, x);
            d2 = TDot.Accumulate(d2, w1, x);
            x = TSet.Repeat(x3 + 4 * step);
            c3 = TDot.Accumulate(c3, w0, x);
            d3 = TDot.Accumulate(d3, w1, x);
        }
    }

    /// <summary>A run's first step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V First(V weights, V inputs, byte* sums, nint group, nint step) =>
        TFormat.ZeroShift > 0 ? TDot.Accumulate(Begin(sums, group, step), weights, inputs) : TDot.First(weights, inputs);

    /// <summary>What a run begins with: a zero point takes its part away beforehand, so that no run is too long for 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Begin(byte* sums, nint group, nint step)
    {
        unchecked
        {
            if (TFormat.ZeroShift == 0) return default;
            if (TileInputs<TFormat>.PairSize == TFormat.GroupSize) return TDot.Start(TSet.Repeat(sums + 4 * IntegerScale(group, step)), TFormat.ZeroShift);
            return TSet.Add(TDot.Start(TSet.Repeat(sums + 8 * group), TFormat.ZeroShift), TDot.Start(TSet.Repeat(sums + 8 * group + 4), TFormat.ZeroShift));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Start(byte* memory)
    {
        if (!TSet.HasManyRegisters) return default;
        return TFormat.BlockSize == 256 ? default : TSet.Load(memory);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Kept(V register, byte* memory) => TSet.HasManyRegisters ? register : TSet.Load(memory);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Keep(V value, byte* memory)
    {
        if (!TSet.HasManyRegisters) TSet.Store(value, memory);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint IntegerScale(nint group, nint step) =>
        unchecked(TFormat.GroupSize == 32 ? group : 2 * group + (step >> 2));

    /// <summary>The scale of a run's weights: integers in blocks of 256, else floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V WeightScale(StretchScales scales, nint group, nint step) =>
        TSet.Load(TFormat.BlockSize == 256 ? scales.Integer(IntegerScale(group, step)) : scales.Scale(group));

    /// <summary>The end of a run: an integer sum takes the dot times the integer scale, a float sum the dot times both scales and the minimum's part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Fold(V sum, V dot, V weightScale, StretchScales scales, nint group, nint step, byte* inputSums, float* inputScales)
    {
        unchecked
        {
            if (TFormat.BlockSize == 256) return TSet.Add(sum, TDot.Finish(dot, weightScale));
            var input = TSet.Repeat((byte*)(inputScales + group));
            sum = TSet.FusedMultiplyAdd(TSet.ToSingle(TDot.Finish(dot)), TSet.MultiplySingle(weightScale, input), sum);
            if (!TFormat.HasMinimum) return sum;
            var pair = TFormat.RunSteps == GroupSteps ? 0x10001u : step == 0 ? 1u : 0x10000u;
            var offset = TSet.MultiplyPairs(TSet.Repeat(inputSums + 4 * group), TSet.Repeat(pair));
            return TSet.FusedMultiplyAdd(TSet.ToSingle(offset), TSet.MultiplySingle(TSet.Load(scales.Scale(group + 8)), input), sum);
        }
    }

    /// <summary>The end of a stretch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(V sum, StretchScales scales, byte* inputSums, float* inputScale, byte* sums) =>
        TSet.Store(TFormat.BlockSize == 256 ? Close(sum, scales, inputSums, inputScale, TSet.Load(sums)) : sum, sums);

    /// <summary>The end of a block of 256: sum += dot * (scale * input scale), and the minima's part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Close(V dot, StretchScales scales, byte* inputSums, float* inputScale, V sum)
    {
        var input = TSet.Repeat((byte*)inputScale);
        var total = TSet.FusedMultiplyAdd(TSet.ToSingle(dot), TSet.MultiplySingle(TSet.Load(scales.Scale(0)), input), sum);
        if (!TFormat.HasMinimum) return total;
        V offset = default;
        for (var pair = 0; pair < 128 / TFormat.GroupSize; pair++)
            offset = TSet.Add(offset, TSet.MultiplyPairs(TSet.Load(scales.Offset(pair)), TSet.Repeat(unchecked(inputSums + 4 * pair))));
        return TSet.FusedMultiplyAdd(TSet.ToSingle(offset), TSet.MultiplySingle(TSet.Load(scales.Minimum), input), total);
    }
}
