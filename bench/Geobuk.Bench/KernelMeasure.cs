using System.Diagnostics;
using System.Globalization;
using Geobuk.Inference.Kernels;
using Geobuk.Models.Quantization;

namespace Geobuk.Bench;

/// <summary>
/// What the matrix kernels reach on one core where memory is not in the way: products of many tokens in operations, of one token in
/// bytes of weights per second. The best of many short runs, so that a busy machine disturbs little.
/// </summary>
internal static unsafe class KernelMeasure
{
    private const int Columns = 2048, Rows = 256, Tokens = 128, ManyRows = 1 << 16;

    /// <summary>Prints a row per format.</summary>
    public static void Run(KernelPath path, int rounds, GgmlType? only)
    {
        Console.WriteLine("| format | GOPS, 128 tokens | 16 tokens | 8 tokens | 4 tokens | GB/s, 1 token | from memory |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var type in (only is { } one ? [one] : BlockFormat.Supported).Where(type => MatrixKernel.Get(type, path).Panels is not null))
        {
            var shared = string.Join(" | ", new[] { Tokens, 16, 8, 4 }.Select(tokens => Speed(type, path, tokens, rounds).ToString("f0", CultureInfo.InvariantCulture)));
            var (near, far) = (Seconds(type, path, Rows, 1, rounds * 8), Seconds(type, path, ManyRows, 1, rounds / 8));
            var bytes = BlockFormat.Get(type).Bytes((long)Rows * Columns);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {type} | {shared} | {1e-9 * bytes / near:f1} | {1e-9 * bytes * (ManyRows / Rows) / far:f1} |"));
        }
    }

    /// <summary>Prints what sharing a loop among so many threads costs.</summary>
    public static void Dispatch(int threads)
    {
        const int Loops = 20_000, Rounds = 10;
        using var pool = new WorkerPool(threads);
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < Loops; i++) pool.For(threads, null, &Nothing);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds / Loops);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a loop of nothing on {threads} threads: {1e9 * best:f0} ns"));
    }

    /// <summary>Operations per nanosecond.</summary>
    private static double Speed(GgmlType type, KernelPath path, int tokens, int rounds) =>
        2e-9 * Rows * Columns * tokens / Seconds(type, path, Rows, tokens, tokens > 16 ? rounds : 4 * rounds);

    private static void Nothing(void* context, int index, int worker)
    {
    }

    private static double Seconds(GgmlType type, KernelPath path, int rowCount, int tokens, int rounds)
    {
        var kernel = MatrixKernel.Get(type, path);
        var format = BlockFormat.Get(type);
        var random = new Random(1);
        var values = Enumerable.Range(0, Columns * tokens).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var weights = new byte[format.Bytes((long)rowCount * Columns)];
        var row = new byte[format.Bytes(Columns)];
        format.Encode(values.AsSpan(0, Columns), [], row);
        for (var r = 0; r < rowCount; r++) row.CopyTo(weights.AsSpan((int)((long)r * row.Length)));
        using var input = new NativeBuffer<float>(Columns * tokens);
        values.CopyTo(input.Span(0, values.Length));
        using NativeBuffer<sbyte> bytes = new(Columns * tokens);
        using NativeBuffer<short> sums16 = new(Columns * tokens / 16), sums32 = new(Columns * tokens / 32);
        using NativeBuffer<int> pairs = new(Columns * tokens / 16);
        using NativeBuffer<float> scales = new(Columns * tokens / 32), output = new(rowCount * tokens);
        var form = new QuantizedRows { Bytes = bytes.Pointer, Scales = scales.Pointer, Sums16 = sums16.Pointer, Sums32 = sums32.Pointer, Pairs = pairs.Pointer };
        var rows = new ActivationRows { Values = input.Pointer, Groups = form, Supers = form };
        for (var t = 0; t < tokens; t++)
        {
            if (kernel.InputBlock == ActivationRows.GroupSize) rows.QuantizeGroups(t, Columns);
            else rows.QuantizeSupers(t, Columns);
        }
        var layout = kernel.Panels!.Value with { Blocks = Columns / format.BlockSize };
        using var panels = new NativeBuffer<byte>(PanelLayout.Panels(rowCount) * layout.PanelBytes);
        using var scratch = new NativeBuffer<byte>(kernel.ScratchBytes(Columns));
        var best = double.MaxValue;
        fixed (byte* w = weights)
        {
            for (var r = 0; r < rowCount; r += PanelLayout.Rows) layout.Fill(w + (long)r * row.Length, row.Length, PanelLayout.Rows, panels.Pointer + r / PanelLayout.Rows * layout.PanelBytes);
            var job = new MatrixJob { Kernel = kernel.Multiply, Weights = w, Panels = panels.Pointer, RowBytes = row.Length, Rows = rowCount, Columns = Columns, Tokens = tokens, Input = rows, Output = output.Pointer };
            for (var round = 0; round < rounds + 20; round++)
            {
                var started = Stopwatch.GetTimestamp();
                job.Kernel(&job, 0, rowCount, 0, tokens, scratch.Pointer);
                best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        }
        return best;
    }
}
