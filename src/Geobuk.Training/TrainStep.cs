using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Adapters;
using Geobuk.Training.Checkpoints;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training;

/// <summary>
/// Continued pre-training of a base model on a corpus artifact. Output: model/ (Hugging Face folder, adapters merged),
/// adapter/ (PEFT folder, LoRA only), metrics.jsonl, and checkpoints/ while it runs.
/// </summary>
public sealed class TrainStep : IDisposable
{
    private readonly TrainConfig _config;
    private readonly string _output, _base;
    private readonly IProgress<StepReport> _progress;
    private readonly CancellationToken _ct;
    private readonly CausalLanguageModel _model;
    private readonly CausalLanguageModel? _teacher;
    private readonly TrainingData _data;
    private readonly AdamW _optimizer;
    private readonly TrainingCheckpoints _checkpoints;
    private readonly Dictionary<string, string> _inputs;
    private readonly long _totalSteps;
    private readonly Dictionary<string, double> _figures = [];
    private long _tokens;
    private double _secondsBefore;

    private TrainStep(TrainConfig config, int seed, string baseFolder, string corpusFolder, string output, IProgress<StepReport> progress, CancellationToken ct)
    {
        (_config, _base, _output, _progress, _ct) = (config, baseFolder, output, progress, ct);
        var options = TorchOptions.FromEnvironment();
        var device = TorchRuntime.Start(config.Deterministic ? options with { Threads = 1 } : options);
        progress.Report(new StepReport("loading the model", 0, null, "tensors"));
        _data = TrainingData.Open(corpusFolder, config, seed);
        _model = ModelWeights.Load(baseFolder, device);
        CheckVocabulary(baseFolder, corpusFolder);
        if (config.ReplayDistillation) _teacher = ModelWeights.Load(baseFolder, device);
        if (config.Method == TrainMethod.Lora) AdapterFolder.AddAdapters(_model, config.Lora, seed);
        var precision = ComputePrecision.Resolve(config, device);
        if (precision == TrainPrecision.Bf16)
        {
            _model.ToBFloat16();
            _teacher?.ToBFloat16();
        }
        _model.train();
        manual_seed(seed);
        _optimizer = new AdamW(config, _model.Trainable());
        _totalSteps = config.Steps ?? _data.StepsFor(config.Epochs);
        _inputs = new Dictionary<string, string>
        {
            ["train recipe"] = Digest(JsonSerializer.Serialize(config) + seed.ToString(CultureInfo.InvariantCulture)),
            ["model"] = Digest(ModelConfig.Load(baseFolder).ToString() + WeightsLength(baseFolder)),
            ["corpus"] = _data.Digest,
            ["precision"] = precision.ToString(),
        };
        _checkpoints = new TrainingCheckpoints(Path.Combine(output, "checkpoints"), config.KeepCheckpoints);
    }

    private string MetricsPath => Path.Combine(_output, "metrics.jsonl");

    /// <summary>Trains to the end, or continues an interrupted training exactly.</summary>
    /// <exception cref="UserInputException">Inputs that do not belong together.</exception>
    /// <exception cref="OperationCanceledException">A checkpoint of the last whole step was saved.</exception>
    public static void Run(TrainConfig config, int seed, string baseFolder, string corpusFolder, string outputFolder, IProgress<StepReport> progress, CancellationToken ct)
    {
        Directory.CreateDirectory(outputFolder);
        using var step = new TrainStep(config, seed, baseFolder, corpusFolder, outputFolder, progress, ct);
        step.Run();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
        _teacher?.Dispose();
    }

    private void Run()
    {
        Resume();
        var loop = new TrainingLoop(_model, _config, _data, _optimizer, new LearningRateSchedule(_config, _totalSteps), _teacher);
        var clock = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                var step = _optimizer.StepCount;
                if (step % _config.EvaluateEvery == 0 || step == _totalSteps) Validate(loop, step);
                if (step == _totalSteps) break;
                var before = clock.Elapsed.TotalSeconds;
                Record(loop.Step(_ct), clock.Elapsed.TotalSeconds - before, clock);
                if (_optimizer.StepCount % _config.CheckpointEvery == 0) SaveCheckpoint(clock);
            }
        }
        catch (OperationCanceledException)
        {
            SaveCheckpoint(clock);
            throw;
        }
        SaveModel();
    }

    private void Resume()
    {
        if (_checkpoints.Restore(_optimizer, _inputs) is not { } state)
        {
            File.Delete(MetricsPath);
            return;
        }
        (_tokens, _secondsBefore) = (state.Tokens, state.Seconds);
        using var metrics = new FileStream(MetricsPath, FileMode.Open, FileAccess.Write);
        metrics.SetLength(state.MetricsBytes);
    }

    private void Record(StepMetrics metrics, double seconds, Stopwatch clock)
    {
        _tokens += metrics.Tokens;
        if (!double.IsFinite(metrics.Loss))
            throw new InvalidOperationException($"step {metrics.Step}: the loss is {metrics.Loss}; the training diverged. Lower train.learning_rate or raise train.warmup_steps; the last checkpoint is kept.");
        Append(new
        {
            step = metrics.Step,
            tokens = _tokens,
            loss = metrics.Loss,
            learning_rate = metrics.LearningRate,
            gradient_norm = metrics.GradientNorm,
            tokens_per_second = Math.Round(metrics.Tokens / seconds, 1),
            seconds = Math.Round(_secondsBefore + clock.Elapsed.TotalSeconds, 3),
        });
        _figures["loss"] = metrics.Loss;
        _figures["tokens_per_second"] = metrics.Tokens / seconds;
        Report(metrics.Step);
    }

    private void Validate(TrainingLoop loop, long step)
    {
        var validation = new Dictionary<string, double>();
        foreach (var name in _data.ValidationSets) validation[name] = loop.Evaluate(name, _ct);
        Append(new { step, validation });
        RecordExperts(step);
        foreach (var (name, loss) in validation) _figures[name + "_loss"] = loss;
        Report(step);
    }

    /// <summary>The experts' loads since the last validation; a router that has collapsed is said aloud.</summary>
    private void RecordExperts(long step)
    {
        if (_model.Config.Mixture is not { } mixture) return;
        var loads = ExpertLoad.Take(_model);
        Append(new { step, experts = loads.ToDictionary(load => load.Layer, load => new { effective = Math.Round(load.Effective, 2), unused = load.Unused, largest_share = Math.Round(load.LargestShare, 4), collapsed = load.Collapsed }) });
        _figures["experts_in_use"] = loads.Min(load => load.Effective);
        var collapsed = loads.Where(load => load.Collapsed).ToList();
        if (collapsed.Count == 0) return;
        var worst = collapsed.MinBy(load => load.Effective)!;
        _progress.Report(new StepReport("training", step, _totalSteps, "steps")
        {
            Warning = $"step {step}: the router of {collapsed.Count} layers has collapsed, worst {worst.Layer} with {worst.Effective:f1} of {mixture.RoutedExperts} experts in use; expected tokens spread over most of them. Lower train.learning_rate, raise train.warmup_steps, or train adapters on attention only.",
        });
    }

    private void Report(long step) =>
        _progress.Report(new StepReport("training", step, _totalSteps, "steps") { Figures = new Dictionary<string, double>(_figures) });

    private void Append(object line) => File.AppendAllText(MetricsPath, JsonSerializer.Serialize(line) + "\n");

    private void SaveCheckpoint(Stopwatch clock)
    {
        if (_optimizer.StepCount == 0) return;
        _progress.Report(new StepReport("saving a checkpoint", 0, null, "") { IsSaving = true });
        _checkpoints.Save(new TrainingState
        {
            Step = _optimizer.StepCount,
            Tokens = _tokens,
            Seconds = _secondsBefore + clock.Elapsed.TotalSeconds,
            MetricsBytes = new FileInfo(MetricsPath).Length,
            Inputs = _inputs,
        }, _optimizer);
    }

    private void SaveModel()
    {
        _progress.Report(new StepReport("saving the model", 0, null, "files"));
        if (_config.Method == TrainMethod.Lora) AdapterFolder.Save(_model, _config.Lora, _base, Path.Combine(_output, "adapter"));
        ModelWeights.Save(_model, TensorDataType.BF16, _base, Path.Combine(_output, "model"));
        var checkpoints = Path.Combine(_output, "checkpoints");
        if (Directory.Exists(checkpoints)) Directory.Delete(checkpoints, recursive: true);
    }

    private void CheckVocabulary(string baseFolder, string corpusFolder)
    {
        if (_data.VocabularySize > _model.Config.VocabularySize)
            throw new UserInputException($"{corpusFolder}: made with a tokenizer of {_data.VocabularySize} tokens; expected at most the {_model.Config.VocabularySize} of the model in {baseFolder}. Use the tokenizer that belongs to the model.");
    }

    private static long WeightsLength(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return checkpoint.FileBytes;
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
