using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.TrainBench;
using Geobuk.Training;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

// Model FLOPs per second of training steps over the machine's own matmul rate, measured before and after in the same run; in bf16 where
// the hardware multiplies it, else in fp32. Or whether a device trains as the processor does. Device and libtorch as for geobuk: GEOBUK_DEVICE, GEOBUK_LIBTORCH.
//   dotnet run --project bench/Geobuk.TrainBench -c Release -- [100m|ax-pico|1b] [STEPS] [THREADS]
//   dotnet run --project bench/Geobuk.TrainBench -c Release -- agree CHECKPOINT...
//   dotnet run --project bench/Geobuk.TrainBench -c Release -- qlora [100m|ax-pico|1b] [STEPS]
var name = args.Length > 0 ? args[0] : "100m";
var options = TorchOptions.FromEnvironment();
if (name == "agree") return DeviceAgreement.Run(args.Skip(1), TorchRuntime.Start(options)) ? 0 : 1;
if (name == "qlora") return QuantizedBaseSpeed.Run(TrainShape.Named(args.Length > 1 ? args[1] : "100m"), args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 5, TorchRuntime.Start(options));
var steps = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 5;
var device = TorchRuntime.Start(options with { Threads = args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : Environment.ProcessorCount });
var shape = TrainShape.Named(name);
var half = ComputePrecision.Resolve(new TrainConfig(), device) == TrainPrecision.Bf16;
var type = half ? ScalarType.BFloat16 : ScalarType.Float32;
var before = MatmulRate.Measure(type, device);
using var model = new CausalLanguageModel(shape.Config, device);
TrainShape.Fill(model);
if (half) model.ToBFloat16();
model.train();
using var optimizer = new AdamW(new TrainConfig(), model.Trainable());
var (seconds, computed, updated) = StepSpeed.Measure(model, optimizer, shape, steps, device);
var after = MatmulRate.Measure(type, device);
var rate = Math.Max(before, after);
var flops = shape.FlopsPerToken * shape.TokensPerStep;
Console.WriteLine($"geobuk {name}: {shape.Parameters:N0} parameters, {shape.TokensPerStep} tokens a step of {shape.SequenceLength}, {shape.TokensPerStep / seconds:N0} tokens/s, " +
    $"{flops / seconds / 1e9:f1} GFLOP/s, {(half ? "bf16" : "fp32")} matmul {before / 1e9:f0} and {after / 1e9:f0} GFLOP/s, MFU {flops / seconds / rate:p1}");
Console.WriteLine($"  forward and backward {computed:f3} s, clip and update {updated:f3} s a step");
return 0;
