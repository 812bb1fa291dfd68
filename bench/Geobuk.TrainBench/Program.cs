using System.Diagnostics;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.TrainBench;
using Geobuk.Training;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using Geobuk.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

// Model FLOPs per second of training steps over the machine's own matmul rate, measured before and after in the same run; in bf16 where
// the hardware multiplies it, else in fp32. Or whether a device trains as the processor does. Device and libtorch as for geobuk: GEOBUK_DEVICE, GEOBUK_LIBTORCH.
//   dotnet run --project bench/Geobuk.TrainBench -c Release -- [100m|ax-pico|1b] [STEPS] [THREADS]
//   dotnet run --project bench/Geobuk.TrainBench -c Release -- agree CHECKPOINT...
var name = args.Length > 0 ? args[0] : "100m";
var options = TorchOptions.FromEnvironment();
if (name == "agree") return DeviceAgreement.Run(args.Skip(1), TorchRuntime.Start(options)) ? 0 : 1;
var steps = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 5;
var device = TorchRuntime.Start(options with { Threads = args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : Environment.ProcessorCount });
var shape = TrainShape.Named(name);
if (device.type == DeviceType.CPU && shape.Config.HiddenSize >= TorchRuntime.WideLayers) TorchRuntime.ReturnLargeBlocks();
var half = ComputePrecision.Resolve(new TrainConfig(), device) == TrainPrecision.Bf16;
var type = half ? ScalarType.BFloat16 : ScalarType.Float32;
var before = MatmulRate.Measure(type, device);
using var model = new CausalLanguageModel(shape.Config, device);
TrainShape.Fill(model);
if (half) model.ToBFloat16();
model.train();
using var optimizer = new AdamW(new TrainConfig(), model.Trainable());
var seconds = new List<double>();
var parts = new double[3];
for (var step = 0; step <= steps; step++)
{
    var clock = Stopwatch.StartNew();
    var marks = new List<double>();
    for (var micro = 0; micro < shape.MicroBatches; micro++)
    {
        using var batch = shape.Batch(step * shape.MicroBatches + micro, device);
        ChunkedCrossEntropy.Backward(model, batch, 1.0 / (shape.MicroBatches * batch.PredictionCount));
        marks.Add(clock.Elapsed.TotalSeconds);
        optimizer.Accumulate();
    }
    var computed = clock.Elapsed.TotalSeconds;
    optimizer.Clip(1);
    optimizer.Step(1e-4);
    MatmulRate.Wait(device);
    if (step == 0) continue;
    seconds.Add(clock.Elapsed.TotalSeconds);
    parts[0] += computed;
    parts[1] += clock.Elapsed.TotalSeconds - computed;
}
var after = MatmulRate.Measure(type, device);
var rate = Math.Max(before, after);
var median = seconds.Order().ElementAt(seconds.Count / 2);
var flops = shape.FlopsPerToken * shape.TokensPerStep;
Console.WriteLine($"geobuk {name}: {shape.Parameters:N0} parameters, {shape.TokensPerStep} tokens a step of {shape.SequenceLength}, {shape.TokensPerStep / median:N0} tokens/s, " +
    $"{flops / median / 1e9:f1} GFLOP/s, {(half ? "bf16" : "fp32")} matmul {before / 1e9:f0} and {after / 1e9:f0} GFLOP/s, MFU {flops / median / rate:p1}");
Console.WriteLine($"  forward and backward {parts[0] / steps:f3} s, clip and update {parts[1] / steps:f3} s a step");
return 0;
