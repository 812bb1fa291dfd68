using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Geobuk.Models.Quantization;
using Geobuk.Recipes;
using Geobuk.Training;
using Geobuk.Training.Adapters;
using Geobuk.Training.Modules;
using static TorchSharp.torch;
using AdamW = Geobuk.Training.Optimization.AdamW;

namespace Geobuk.TrainBench;

/// <summary>What a frozen base of random blocks costs: decoding a matrix, and steps of LoRA on it beside those on plain weights.</summary>
internal static unsafe class QuantizedBaseSpeed
{
    private const int Repeats = 5;

    /// <summary>Prints a row for every type of blocks.</summary>
    /// <returns>0.</returns>
    public static int Run(TrainShape shape, int steps, Device device)
    {
        var half = ComputePrecision.Resolve(new TrainConfig(), device) == TrainPrecision.Bf16;
        var type = half ? ScalarType.BFloat16 : ScalarType.Float32;
        var (rows, columns) = (shape.Config.IntermediateSize, shape.Config.HiddenSize);
        Console.WriteLine($"plain weights: LoRA {Tokens(shape, null, steps, half, device):N0} tokens/s in {type}, {shape.Parameters:N0} parameters");
        foreach (var blocks in BlockFormat.Supported.Where(type => BlockFormat.Get(type).FactorOffsets.Count > 0))
        {
            using var memory = new RandomBlocks(blocks, rows, columns);
            using var byProcessor = memory.Matrix();
            using var onDevice = memory.Matrix();
            onDevice.Copy(device);
            Console.WriteLine($"{blocks}: one matrix [{rows}, {columns}] decoded by the processor {Milliseconds(byProcessor, type, device):f2} ms, by tensor operations on {device} " +
                $"{Milliseconds(onDevice, type, device):f2} ms; LoRA {Tokens(shape, blocks, steps, half, device):N0} tokens/s");
        }
        return 0;
    }

    private static double Milliseconds(QuantizedWeight weight, ScalarType type, Device device)
    {
        var times = new List<double>();
        for (var i = 0; i <= Repeats; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            using (weight.Decode(type, device)) MatmulRate.Wait(device);
            if (i > 0) times.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
        }
        return times.Order().ElementAt(Repeats / 2);
    }

    private static double Tokens(TrainShape shape, GgmlType? blocks, int steps, bool half, Device device)
    {
        using var model = new CausalLanguageModel(shape.Config, device);
        TrainShape.Fill(model);
        var kept = new List<IDisposable>();
        if (blocks is { } type)
            foreach (var (_, layer) in model.LinearLayers().ToList())
            {
                var memory = new RandomBlocks(type, (int)layer.Weight.shape[0], (int)layer.Weight.shape[1]);
                var matrix = memory.Matrix();
                layer.Quantize(matrix);
                kept.AddRange([matrix, memory]);
            }
        AdapterFolder.AddAdapters(model, new LoraConfig { Rank = 16, Alpha = 32 }, 1);
        if (half) model.ToBFloat16();
        model.train();
        using var optimizer = new AdamW(new TrainConfig { Method = TrainMethod.Lora }, model.Trainable());
        var (median, _, _) = StepSpeed.Measure(model, optimizer, shape, steps, device);
        foreach (var each in kept) each.Dispose();
        return shape.TokensPerStep / median;
    }

    /// <summary>A matrix of random codes, as it would lie in a mapped file.</summary>
    private sealed class RandomBlocks : IDisposable
    {
        private readonly BlockFormat _format;
        private readonly byte* _data;
        private readonly (int Rows, int Columns) _shape;

        public RandomBlocks(GgmlType type, int rows, int columns)
        {
            (_format, _shape) = (BlockFormat.Get(type), (rows, columns));
            var bytes = checked((int)_format.Bytes((long)rows * columns));
            _data = (byte*)NativeMemory.Alloc((nuint)bytes);
            var data = new Span<byte>(_data, bytes);
            new Random(1).NextBytes(data);
            for (var block = 0; block < bytes; block += _format.BlockBytes)
                foreach (var offset in _format.FactorOffsets) BinaryPrimitives.WriteHalfLittleEndian(data[(block + offset)..], (Half)1e-5f);
        }

        public QuantizedWeight Matrix() => new(_format, (nint)_data, [.. Enumerable.Range(0, _shape.Rows).Select(row => (long)row)], _shape.Columns);

        public void Dispose() => NativeMemory.Free(_data);
    }
}
