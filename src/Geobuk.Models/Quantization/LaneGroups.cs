using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Models.Quantization;

/// <summary>
/// The fits of <see cref="ScaleFit"/> for eight groups at once, one in each lane of a vector. Every lane does what the scalar code
/// does for its group, in the same order and precision and without fused operations, so the bits are the same; what would be a
/// branch there is a choice by mask here.
/// </summary>
internal readonly ref struct LaneGroups
{
    /// <summary>Groups of a call.</summary>
    public const int Count = 8;

    private readonly ref Vector256<float> _values, _weights, _codes;
    private readonly int _size;

    /// <summary>Groups of <paramref name="size"/> values one after the other.</summary>
    /// <param name="values">All of them.</param>
    /// <param name="size">Values of a group.</param>
    /// <param name="room">3 x <paramref name="size"/>.</param>
    public LaneGroups(ReadOnlySpan<float> values, int size, Span<Vector256<float>> room)
    {
        _size = size;
        _values = ref room[0];
        _weights = ref room[size];
        _codes = ref room[2 * size];
        Spread(values, size, ref _values);
    }

    /// <summary>The processor has such vectors.</summary>
    public static bool IsSupported => Vector256.IsHardwareAccelerated;

    /// <summary>Weights |x|, to which the root mean square of the group is added unless <paramref name="absolute"/> is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void WeighPlainly(bool absolute)
    {
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < _size; i++) sum += X(i) * X(i);
        var deviation = absolute ? Vector256<float>.Zero : Vector256.Sqrt(sum / Vector256.Create((float)_size));
        for (var i = 0; i < _size; i++) W(i) = deviation + Vector256.Abs(X(i));
    }

    /// <summary>Weights x².</summary>
    public void WeighBySquares()
    {
        for (var i = 0; i < _size; i++) W(i) = X(i) * X(i);
    }

    /// <summary>Weights importance, times √(variance + x²) where there is a variance. Gives their sums where room for them is given.</summary>
    public void Weigh(ReadOnlySpan<float> importance, float? variance, Span<float> sums)
    {
        Spread(importance, _size, ref _weights);
        if (variance is not { } known) return;
        var sum = Vector256<float>.Zero;
        for (var i = 0; i < _size; i++) sum += W(i) *= Vector256.Sqrt(Vector256.Create(known) + X(i) * X(i));
        if (!sums.IsEmpty) sum.CopyTo(sums);
    }

    /// <summary><see cref="ScaleFit.WithMinimum"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void WithMinimum(int most, RoundingGrids grids, Span<byte> codes, Span<float> scales, Span<float> minima)
    {
        // A copy whose references live in registers.
        var g = this;
        var zero = Vector256<float>.Zero;
        var highest = Vector256.Create((float)most);
        var (low, high) = (g.X(0), g.X(0));
        var (weightSum, valueSum) = (g.W(0), g.W(0) * g.X(0));
        for (var i = 1; i < g._size; i++)
        {
            low = Vector256.MinNative(g.X(i), low);
            high = Vector256.MaxNative(g.X(i), high);
            weightSum += g.W(i);
            valueSum += g.W(i) * g.X(i);
        }
        low = Vector256.ConditionalSelect(Vector256.GreaterThan(low, zero), zero, low);
        var flat = Vector256.Equals(high, low);
        var lowest = low;
        var grid = highest / (high - low);
        var scale = Vector256<float>.One / grid;
        g.RoundAndSum(grid, low, highest);
        var best = g.Error(scale, low, grids.Absolute);
        var (bestGrid, bestOrigin) = (grid, low);
        for (var t = 0; t < grids.Trials; t++)
        {
            grid = Vector256.Create(grids.First + grids.Step * t + most) / (high - low);
            var (linear, square, cross) = g.RoundAndSum(grid, low, highest);
            var determinant = weightSum * square - linear * linear;
            var trialLow = (square * valueSum - linear * cross) / determinant;
            var trialScale = (weightSum * cross - valueSum * linear) / determinant;
            var above = Vector256.GreaterThan(trialLow, zero);
            trialScale = Vector256.ConditionalSelect(above, cross / square, trialScale);
            trialLow = Vector256.ConditionalSelect(above, zero, trialLow);
            var error = g.Error(trialScale, trialLow, grids.Absolute);
            var better = Vector256.AndNot(Vector256.GreaterThan(determinant, zero) & Vector256.LessThan(error, best), flat);
            if (better == zero) continue;
            best = Vector256.ConditionalSelect(better, error, best);
            scale = Vector256.ConditionalSelect(better, trialScale, scale);
            bestGrid = Vector256.ConditionalSelect(better, grid, bestGrid);
            bestOrigin = Vector256.ConditionalSelect(better, low, bestOrigin);
            low = Vector256.ConditionalSelect(better, trialLow, low);
        }
        for (var i = 0; i < g._size; i++) g.C(i) = Vector256.AndNot(Round(bestGrid * (g.X(i) - bestOrigin), zero, highest), flat);
        Vector256.AndNot(scale, flat).CopyTo(scales);
        (-Vector256.ConditionalSelect(flat, lowest, low)).CopyTo(minima);
        Gather(codes, 0);
    }

    /// <summary><see cref="ScaleFit.Symmetric"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Symmetric(int half, Span<byte> codes, Span<float> scales)
    {
        // A copy whose references live in registers.
        var g = this;
        var zero = Vector256<float>.Zero;
        var extreme = g.Extreme();
        var empty = Vector256.LessThan(Vector256.Abs(extreme), Vector256.Create(ScaleFit.Zero));
        var chosen = Vector256.Create((float)-half) / extreme;
        var (cross, square) = g.SymmetricSums(chosen, half);
        var scale = Vector256.AndNot(cross / square, Vector256.Equals(square, zero));
        var best = scale * cross;
        for (var t = -9; t <= 9; t++)
        {
            if (t == 0) continue;
            var grid = Vector256.Create(-(half + 0.1f * t)) / extreme;
            (cross, square) = g.SymmetricSums(grid, half);
            var worse = Vector256.LessThanOrEqual(square, zero) | Vector256.LessThanOrEqual(cross * cross, best * square);
            var trial = cross / square;
            scale = Vector256.ConditionalSelect(worse, scale, trial);
            best = Vector256.ConditionalSelect(worse, best, trial * cross);
            chosen = Vector256.ConditionalSelect(worse, chosen, grid);
        }
        var (least, greatest) = (Vector256.Create((float)-half), Vector256.Create(half - 1f));
        for (var i = 0; i < g._size; i++) g.C(i) = Vector256.ConditionalSelect(empty, least, Round(chosen * g.X(i), least, greatest));
        Vector256.AndNot(scale, empty).CopyTo(scales);
        Gather(codes, half);
    }

    /// <summary><see cref="ScaleFit.SymmetricByPasses"/>; the weights are <see cref="WeighBySquares"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SymmetricByPasses(int half, Span<byte> codes, Span<float> scales)
    {
        // A copy whose references live in registers.
        var g = this;
        var zero = Vector256<float>.Zero;
        var (least, greatest) = (Vector256.Create((float)-half), Vector256.Create(half - 1f));
        var extreme = g.Extreme();
        var empty = Vector256.LessThan(Vector256.Abs(extreme), Vector256.Create(ScaleFit.Zero));
        var grid = least / extreme;
        var (cross, square) = (zero, zero);
        for (var i = 0; i < g._size; i++)
        {
            g.C(i) = Round(grid * g.X(i), least, greatest);
            cross += g.W(i) * g.X(i) * g.C(i);
            square += g.W(i) * g.C(i) * g.C(i);
        }
        // A pass that changes nothing would be followed by one that changes nothing, so lanes that are done may wait for the others.
        for (var pass = 0; pass < 5; pass++)
            if (!g.ImproveOnce(ref cross, ref square, least, greatest)) break;
        for (var i = 0; i < g._size; i++) g.C(i) = Vector256.ConditionalSelect(empty, least, g.C(i));
        Vector256.AndNot(cross / square, empty | Vector256.LessThanOrEqual(square, zero)).CopyTo(scales);
        Gather(codes, half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ImproveOnce(ref Vector256<float> cross, ref Vector256<float> square, Vector256<float> least, Vector256<float> greatest)
    {
        var zero = Vector256<float>.Zero;
        var changed = zero;
        for (var i = 0; i < _size; i++)
        {
            var otherCross = cross - W(i) * X(i) * C(i);
            var otherSquare = square - W(i) * C(i) * C(i);
            var code = Round(X(i) * otherSquare / otherCross, least, greatest);
            var possible = Vector256.GreaterThan(otherCross, zero) & ~Vector256.Equals(code, C(i));
            otherCross += W(i) * X(i) * code;
            otherSquare += W(i) * code * code;
            var better = possible & ~(Vector256.LessThanOrEqual(otherSquare, zero) | Vector256.LessThanOrEqual(otherCross * otherCross * square, cross * cross * otherSquare));
            C(i) = Vector256.ConditionalSelect(better, code, C(i));
            cross = Vector256.ConditionalSelect(better, otherCross, cross);
            square = Vector256.ConditionalSelect(better, otherSquare, square);
            changed |= better;
        }
        return changed != zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Extreme()
    {
        var (magnitude, extreme) = (Vector256<float>.Zero, Vector256<float>.Zero);
        for (var i = 0; i < _size; i++)
        {
            var larger = Vector256.GreaterThan(Vector256.Abs(X(i)), magnitude);
            magnitude = Vector256.ConditionalSelect(larger, Vector256.Abs(X(i)), magnitude);
            extreme = Vector256.ConditionalSelect(larger, X(i), extreme);
        }
        return extreme;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector256<float> Cross, Vector256<float> Square) SymmetricSums(Vector256<float> grid, int half)
    {
        var (least, greatest) = (Vector256.Create((float)-half), Vector256.Create(half - 1f));
        var (cross, square) = (Vector256<float>.Zero, Vector256<float>.Zero);
        for (var i = 0; i < _size; i++)
        {
            var code = Round(grid * X(i), least, greatest);
            cross += W(i) * X(i) * code;
            square += W(i) * code * code;
        }
        return (cross, square);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector256<float> Linear, Vector256<float> Square, Vector256<float> Cross) RoundAndSum(Vector256<float> grid, Vector256<float> origin, Vector256<float> highest)
    {
        var (linear, square, cross) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (var i = 0; i < _size; i++)
        {
            var code = Round(grid * (X(i) - origin), Vector256<float>.Zero, highest);
            C(i) = code;
            var weighted = W(i) * code;
            linear += weighted;
            square += weighted * code;
            cross += weighted * X(i);
        }
        return (linear, square, cross);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Error(Vector256<float> scale, Vector256<float> low, bool absolute)
    {
        var error = Vector256<float>.Zero;
        for (var i = 0; i < _size; i++)
        {
            var difference = scale * C(i) + low - X(i);
            error += W(i) * (absolute ? Vector256.Abs(difference) : difference * difference);
        }
        return error;
    }

    /// <summary><see cref="ScaleFit.Code"/>: of two operands the native maximum takes the second where the first is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Round(Vector256<float> value, Vector256<float> low, Vector256<float> high) =>
        Vector256.MinNative(Vector256.MaxNative(Vector256.Round(value), low), high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Vector256<float> X(int i) => ref Unsafe.Add(ref _values, i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Vector256<float> W(int i) => ref Unsafe.Add(ref _weights, i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Vector256<float> C(int i) => ref Unsafe.Add(ref _codes, i);

    /// <summary>Element i of group g goes to lane g of vector i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(ReadOnlySpan<float> groups, int size, ref Vector256<float> vectors)
    {
        ref var target = ref Unsafe.As<Vector256<float>, float>(ref vectors);
        ref var source = ref MemoryMarshal.GetReference(groups[..(size * Count)]);
        unchecked
        {
            for (var g = 0; g < Count; g++)
                for (var i = 0; i < size; i++) Unsafe.Add(ref target, i * Count + g) = Unsafe.Add(ref source, g * size + i);
        }
    }

    /// <summary>The codes back in the order of the groups, with <paramref name="offset"/> added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(Span<byte> codes, int offset)
    {
        ref var source = ref Unsafe.As<Vector256<float>, int>(ref _codes);
        ref var target = ref MemoryMarshal.GetReference(codes[..(_size * Count)]);
        for (var i = 0; i < _size; i++) C(i) = (Vector256.ConvertToInt32Native(C(i)) + Vector256.Create(offset)).AsSingle();
        unchecked
        {
            for (var g = 0; g < Count; g++)
                for (var i = 0; i < _size; i++) Unsafe.Add(ref target, g * _size + i) = (byte)Unsafe.Add(ref source, i * Count + g);
        }
    }
}
