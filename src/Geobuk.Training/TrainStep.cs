using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Adapters;
using Geobuk.Training.Checkpoints;
using Geobuk.Training.Data;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Distillation;
using Geobuk.Training.Forgetting;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using Geobuk.Training.Optimization;
using Geobuk.Training.Proofs;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training;

/// <summary>
/// Continued pre-training of a base model on a corpus artifact. Output: model/ (Hugging Face folder, adapters merged),
/// adapter/ (PEFT folder, LoRA only), metrics.jsonl, and checkpoints/ while it runs. Several workers do the same, each in its process;
/// only the first one writes and reports.
/// </summary>
public sealed class TrainStep : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string LossMemory = "recent losses";

    private readonly TrainConfig _config;
    private readonly string _output, _base;
    private readonly IProgress<StepReport> _progress;
    private readonly CancellationToken _ct;
    private readonly CausalLanguageModel _model;
    private readonly CausalLanguageModel? _teacher;
    private readonly TeacherStore? _store;
    private readonly QuantizedBase? _quantized;
    private readonly IObjective _objective;
    private readonly TrainingData _data;
    private readonly AdamW _optimizer;
    private readonly CheckpointCosts? _costs;
    private readonly TrainingCheckpoints _checkpoints;
    private readonly ForgettingMeter _meter;
    private readonly Dictionary<string, string> _inputs;
    private readonly IReadOnlyList<ProofMeasure> _proofs;
    private readonly Dictionary<string, double[]> _evaluations = [];
    private readonly JobFaults? _faults;
    private readonly ICollective _workers;
    private readonly int _seed;
    private readonly long _totalSteps;
    private readonly Dictionary<string, double> _figures = [];
    private long _tokens;
    private double _secondsBefore;

    private TrainStep(TrainConfig config, int seed, TrainInputs inputs, string output, IProgress<StepReport> progress, JobFaults? faults, ICollective workers, CancellationToken ct)
    {
        var baseFolder = inputs.Base;
        (_config, _seed, _base, _output, _progress, _ct, _faults) = (config, seed, baseFolder, output, progress, ct, faults);
        _workers = workers;
        var options = TorchOptions.FromEnvironment();
        var device = TorchRuntime.Start(config.Deterministic ? options with { Threads = 1 } : options);
        var precision = ComputePrecision.Resolve(config, device);
        // What loads and proves needs its memory once.
        TorchRuntime.ReturnLargeBlocks(true);
        progress.Report(new StepReport("loading the model", 0, null, "tensors"));
        _data = TrainingData.Open(inputs.Corpus, inputs.Base, config, seed, faults);
        if (config.Lora.QuantizedBase is { } file)
        {
            _model = ModelWeights.Unset(baseFolder, device);
            _quantized = QuantizedBase.Attach(_model, file);
        }
        else
        {
            _model = ModelWeights.Load(baseFolder, device, frozenInBFloat16: precision == TrainPrecision.Bf16 && config.Method == TrainMethod.Lora);
        }
        CheckFit(baseFolder, inputs.Corpus);
        _model.ActivationCheckpointing = config.ActivationCheckpointing;
        if (config.Method == TrainMethod.Lora) AdapterFolder.AddAdapters(_model, config.Lora, seed);
        FrozenParts.Freeze(_model, config.Freeze);
        _proofs = Prove(device);
        if (precision == TrainPrecision.Bf16)
        {
            _model.ToBFloat16();
            _proofs = [.. _proofs, .. Prove(device)];
        }
        if (config.ReplayDistillation) _teacher = Teacher(baseFolder, device, precision);
        TorchRuntime.ReleaseFreed();
        TorchRuntime.ReturnLargeBlocks(config.ReturnMemory);
        if (config.Objective == TrainObjective.Distill) _store = TeacherStore.Open(inputs.Teacher!, _data.Digest);
        _objective = Objective(inputs);
        _model.train();
        _optimizer = new AdamW(config, _model.Trainable());
        // The sum over workers takes a micro-batch's gradients all together.
        if (workers.Workers == 1) _model.GradientsDone = config.FusedUpdate ? _optimizer.UpdatePart : _optimizer.AccumulatePart;
        _totalSteps = config.Steps ?? _data.StepsFor(config.Epochs);
        _inputs = InputDigests.Of(config, seed, baseFolder, _data, precision, _totalSteps);
        _meter = new ForgettingMeter(_data, inputs.Exam, config.Forgetting, BaseLossesPath, workers);
        _checkpoints = new TrainingCheckpoints(Path.Combine(output, "checkpoints"), config.KeepCheckpoints) { Faults = faults, CleansUp = Writes };
        _costs = Writes ? new CheckpointCosts(Environment.GetEnvironmentVariable(CheckpointReport.Variable)) : null;
    }

    private static CausalLanguageModel Teacher(string folder, Device device, TrainPrecision precision)
    {
        var teacher = ModelWeights.Load(folder, device, frozenInBFloat16: precision == TrainPrecision.Bf16);
        if (precision == TrainPrecision.Bf16) teacher.ToBFloat16();
        return teacher;
    }

    private string BaseLossesPath => Path.Combine(_output, "base.losses.json");

    private IObjective Objective(TrainInputs inputs)
    {
        if (_data.TooLong > 0)
            _progress.Report(new StepReport("training", 0, null, "steps") { Warning = $"{_data.TooLong} chats or pairs are longer than train.sequence_length ({_config.SequenceLength}) and left out." });
        switch (_config.Objective)
        {
            case TrainObjective.Dpo:
                Reference(_data.Pairs!);
                return new PreferenceObjective(_config);
            case TrainObjective.Distill:
                return new DistillationObjective(_config, _store!);
            default:
                return new TokenObjective(_config, _teacher);
        }
    }

    /// <summary>What the model says of both answers before it has learnt anything; the same after a resume, since it starts from the same base.</summary>
    private void Reference(PreferenceRows pairs)
    {
        var (chosen, rejected) = (new List<double>(), new List<double>());
        _model.eval();
        for (var pair = 0; pair < pairs.Count(0); pair++)
        {
            if (!_workers.Has(pair)) continue;
            using var batch = new PackedBatch([pairs.Row(pair)], Device);
            using var logs = PreferenceObjective.LogProbabilities(_model, batch);
            var values = logs.Values<double>();
            chosen.Add(values[0]);
            rejected.Add(values[1]);
            _progress.Report(new StepReport("reading the pairs", pair + 1, pairs.Count(0), "pairs"));
        }
        pairs.References = [.. _workers.InTurn([.. chosen]).Zip(_workers.InTurn([.. rejected]), (first, second) => new[] { first, second }).SelectMany(both => both)];
    }

    private Device Device => _model.parameters().First().device;

    private string MetricsPath => Path.Combine(_output, "metrics.jsonl");

    /// <summary>Trains to the end, or continues an interrupted training exactly, whatever the number of workers before.</summary>
    /// <param name="config">The recipe's part.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="outputFolder">What it writes; the same folder for all workers.</param>
    /// <param name="progress">Receives progress.</param>
    /// <param name="ct">Asks any worker to stop, and so all of them.</param>
    /// <param name="workers">This process among the training's; null trains in this process alone.</param>
    /// <exception cref="UserInputException">Inputs that do not belong together.</exception>
    /// <exception cref="OperationCanceledException">A checkpoint of the last whole step was saved.</exception>
    public static void Run(TrainConfig config, int seed, TrainInputs inputs, string outputFolder, IProgress<StepReport> progress, CancellationToken ct, ICollective? workers = null) =>
        Run(config, seed, inputs, outputFolder, progress, null, ct, workers);

    /// <summary>The same with something broken.</summary>
    /// <returns>SHA-256 over weights, masters and moments at the end.</returns>
    internal static string Run(TrainConfig config, int seed, TrainInputs inputs, string outputFolder, IProgress<StepReport> progress, JobFaults? faults, CancellationToken ct, ICollective? workers = null)
    {
        Directory.CreateDirectory(outputFolder);
        using var step = new TrainStep(config, seed, inputs, outputFolder, progress, faults, workers ?? new SoleWorker(), ct);
        try
        {
            step.Run();
        }
        catch when (step.Writes && !step._checkpoints.Exist)
        {
            // Nothing to continue from, so nothing stays behind.
            foreach (var file in new[] { step.MetricsPath, step.BaseLossesPath }) File.Delete(file);
            throw;
        }
        return step._optimizer.Digest();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
        _teacher?.Dispose();
        _store?.Dispose();
        _quantized?.Dispose();
    }

    /// <summary>Whether this worker writes what all of them have.</summary>
    private bool Writes => _workers.Rank == 0;

    private void Run()
    {
        using var loop = new TrainingLoop(_model, _config, _data, _optimizer, new LearningRateSchedule(_config, _totalSteps), _objective, _workers, _seed) { Faults = _faults };
        Resume(loop);
        var clock = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                var step = _optimizer.StepCount;
                if ((step % _config.EvaluateEvery == 0 || step == _totalSteps) && MustStop(Validate(step), step)) break;
                if (step == _totalSteps) break;
                var before = clock.Elapsed.TotalSeconds;
                Record(loop.Step(_ct), clock.Elapsed.TotalSeconds - before, clock);
                if (_optimizer.StepCount % _config.CheckpointEvery == 0) SaveCheckpoint(loop, clock);
            }
        }
        catch (OperationCanceledException)
        {
            SaveCheckpoint(loop, clock);
            // The end of one worker's process ends the others', so none goes before the checkpoint is written.
            _workers.Meet();
            throw;
        }
        SaveModel();
    }

    /// <summary>Compares before anything is trained; a difference stops the job.</summary>
    private IReadOnlyList<ProofMeasure> Prove(Device device)
    {
        _progress.Report(new StepReport("proving packing and loss scale", 0, null, "comparisons"));
        var learning = _model.Trainable();
        var exchange = _workers.Workers == 1 ? null : new GradientExchange(_workers, [.. learning.Select(entry => entry.Parameter)]);
        var measures = JobProofs.Run(_model, _data, (batches, factor) =>
        {
            var own = batches.Where((_, i) => _workers.Has(i)).ToList();
            var objective = new ScaledObjective(new TokenObjective(_config with { ZLoss = 0 }), factor);
            // An exchange takes all that is there, so what was there before stands aside.
            var before = exchange is null ? [] : learning.Select(entry => entry.Parameter.grad).ToList();
            if (exchange is not null) GradientNorms.Clear(_model);
            TrainingLoop.Gradients(_model, own, objective, _workers, _faults, count => exchange?.Add(count), _ => { }, default).Losses.Dispose();
            exchange?.Finish((index, gradient) => learning[index].Parameter.grad = gradient.to(learning[index].Parameter.dtype));
            for (var i = 0; i < before.Count; i++)
                if (before[i] is { } earlier) learning[i].Parameter.grad = learning[i].Parameter.grad is { } added ? earlier + added : earlier;
        }, device);
        var broken = measures.Where(measure => !measure.Holds).ToList();
        if (broken.Count == 0) return measures;
        if (NoNumber() is { } name)
            throw new UserInputException($"{_base}: {name} holds values that are no numbers; expected finite weights. The model is damaged or its training diverged: fetch it again, or take an earlier one.");
        throw new InvalidOperationException($"train: {string.Join("; ", broken.Select(measure => $"{measure.Name} differ by {measure.Value:e1} from the documents one by one"))}; expected at most {string.Join(" and ", broken.Select(measure => $"{measure.Limit:g2}").Distinct())}. Training would learn something else than the recipe says, so nothing was trained; please report this with the recipe.");
    }

    /// <summary>The first parameter with a value that is no number, or infinite.</summary>
    private string? NoNumber()
    {
        using var scope = NewDisposeScope();
        return _model.named_parameters().Select(entry => (entry.name, entry.parameter)).FirstOrDefault(entry => !entry.parameter.detach().isfinite().all().item<bool>()).name;
    }

    private void Resume(TrainingLoop loop)
    {
        if (_checkpoints.Restore(_optimizer, _inputs) is not { } state)
        {
            if (Writes) File.Delete(MetricsPath);
            Append(new { step = 0, proofs = _proofs.ToDictionary(measure => measure.Name, measure => new { difference = measure.Value, limit = measure.Limit }) });
            return;
        }
        loop.Memory = state.Memory.GetValueOrDefault(LossMemory, []);
        foreach (var (name, values) in state.Memory.Where(entry => entry.Key != LossMemory)) _evaluations[name] = values;
        (_tokens, _secondsBefore) = (state.Tokens, state.Seconds);
        if (!Writes) return;
        using var metrics = new FileStream(MetricsPath, FileMode.Open, FileAccess.Write);
        metrics.SetLength(state.MetricsBytes);
    }

    private void Record(StepMetrics metrics, double seconds, Stopwatch clock)
    {
        _costs?.Stepped(seconds);
        _tokens += metrics.Tokens;
        Append(new
        {
            step = metrics.Step,
            tokens = _tokens,
            loss = double.IsFinite(metrics.Loss) ? metrics.Loss : (double?)null,
            learning_rate = metrics.LearningRate,
            gradient_norm = double.IsFinite(metrics.GradientNorm) ? metrics.GradientNorm : (double?)null,
            tokens_per_second = Math.Round(metrics.Tokens / seconds, 1),
            seconds = Math.Round(_secondsBefore + clock.Elapsed.TotalSeconds, 3),
            skipped = metrics.Skipped,
        });
        _figures["loss"] = metrics.Loss;
        _figures["tokens_per_second"] = metrics.Tokens / seconds;
        Report(metrics.Step, metrics.Skipped);
    }

    private HeldOutScores Validate(long step)
    {
        var scores = step == 0 ? _meter.MeasureBase(_model, _ct) : _meter.Measure(_model, _ct);
        foreach (var (name, loss) in scores.Losses)
        {
            _evaluations[name] = [.. _evaluations.GetValueOrDefault(name, []), loss];
            _figures[name + "_loss"] = loss;
        }
        if (scores.Exam is { } exam) _figures["exam"] = exam;
        Append(new { step, validation = scores.Losses, exam = scores.Exam, change = scores.Described, held = scores.Held });
        RecordExperts(step);
        Report(step, Worse(scores, step));
        return scores;
    }

    /// <summary>Said aloud where what is learnt has become less likely than it was to the base: no watch for spikes sees a loss that climbs slowly.</summary>
    private string? Worse(HeldOutScores scores, long step)
    {
        if (step == 0 || _config.Objective != TrainObjective.Pretrain || !scores.Changes.TryGetValue(ForgettingMeter.Domain, out var domain)) return null;
        var (low, high) = domain.Interval();
        return low <= 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"step {step}: domain loss is {scores.Losses[ForgettingMeter.Domain]:f3}, above the base's by {domain.Value:f3} ({low:f3} to {high:f3}); expected below it. The training makes the model worse: lower train.learning_rate or raise train.warmup_steps.");
    }

    /// <summary>Whether the limit on forgetting ends the training here; the search between base and trained weights follows.</summary>
    private bool MustStop(HeldOutScores scores, long step)
    {
        if (_config.Forgetting is not { Stop: true } limit || scores.Held || step == _totalSteps) return false;
        var general = scores.Changes[ForgettingMeter.General];
        Append(new { step, stopped = "forgetting" });
        Report(step, string.Create(CultureInfo.InvariantCulture, $"step {step}: general perplexity is {100 * (Math.Exp(general.Value) - 1):f1} % above the base's, up to {100 * (Math.Exp(general.UpperBound(limit.Confidence)) - 1):f1} % with {100 * limit.Confidence:g4} % confidence; train.forgetting.limit allows {100 * limit.Limit:g4} %. The training ends here. For a longer one raise corpus.replay_share or lower train.learning_rate."));
        return true;
    }

    /// <summary>The experts' loads since the last validation; a router that has collapsed is said aloud.</summary>
    private void RecordExperts(long step)
    {
        if (_model.Config.Mixture is not { } mixture) return;
        var loads = ExpertLoad.Take(_model, _workers);
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

    private void Report(long step, string? warning = null) =>
        _progress.Report(new StepReport("training", step, _totalSteps, "steps") { Figures = new Dictionary<string, double>(_figures), Warning = warning });

    private void Append(object line)
    {
        if (Writes) File.AppendAllText(MetricsPath, JsonSerializer.Serialize(line, s_json) + "\n");
    }

    private void SaveCheckpoint(TrainingLoop loop, Stopwatch clock)
    {
        if (_optimizer.StepCount == 0 || !Writes) return;
        _progress.Report(new StepReport("saving a checkpoint", 0, null, "") { IsSaving = true });
        var before = clock.Elapsed.TotalSeconds;
        _checkpoints.Save(new TrainingState
        {
            Step = _optimizer.StepCount,
            Tokens = _tokens,
            Seconds = _secondsBefore + clock.Elapsed.TotalSeconds,
            MetricsBytes = new FileInfo(MetricsPath).Length,
            Inputs = _inputs,
            Memory = new Dictionary<string, double[]>(_evaluations) { [LossMemory] = loop.Memory },
        }, _optimizer);
        _costs?.Saved(clock.Elapsed.TotalSeconds - before);
    }

    private void SaveModel()
    {
        _progress.Report(new StepReport("saving the model", 0, null, "files"));
        if (Writes)
        {
            if (_config.Method == TrainMethod.Lora) SaveAdapter(null);
            ModelWeights.Save(_model, TensorDataType.BF16, _base, Path.Combine(_output, "model"));
        }
        _workers.Meet();
        if (_config.Forgetting is { Alphas: > 0 } search) Merge(search, Path.Combine(_output, "model"));
        if (!Writes) return;
        File.Delete(BaseLossesPath);
        var checkpoints = Path.Combine(_output, "checkpoints");
        if (Directory.Exists(checkpoints)) Directory.Delete(checkpoints, recursive: true);
    }

    private void SaveAdapter(Func<string, double>? alpha)
    {
        if (alpha is not null && _config.Lora.Variant == LoraVariant.Dora)
            Report(_optimizer.StepCount, "adapter/ holds the adapter as trained (alpha 1), model/ the chosen mixture with the base: part of the way of a DoRA adapter is no DoRA adapter. Serve model/, or choose train.lora.variant lora.");
        else
            AdapterFolder.Save(_model, _config.Lora, _base, Path.Combine(_output, "adapter"), alpha);
    }

    /// <summary>Replaces the trained weights by the best mixture with the base's that keeps the limit.</summary>
    private void Merge(ForgettingConfig search, string model)
    {
        using var mixture = ModelWeights.Load(_base, _model.parameters().First().device);
        if (_model.parameters().First().dtype == ScalarType.BFloat16) mixture.ToBFloat16();
        var sweep = new AlphaSweep(search, _base, model, mixture, () => _meter.Measure(mixture, _ct));
        var (_, chosen) = sweep.Run(done => _progress.Report(new StepReport("between base and trained", done, sweep.Count, "points")));
        // All have read the trained weights.
        _workers.Meet();
        if (!Writes) return;
        if (!chosen.Scores.Held)
            Report(_optimizer.StepCount, $"no alpha down to {search.LowestAlpha} keeps train.forgetting.limit {search.Limit} with confidence {search.Confidence}; expected one. The one that forgets least is saved; lower train.forgetting.lowest_alpha or raise corpus.replay_share.");
        if (chosen.Alphas.Any(alpha => alpha != 1))
        {
            ModelWeights.Save(mixture, TensorDataType.BF16, _base, model);
            if (_config.Method == TrainMethod.Lora) SaveAdapter(name => chosen.Alphas[sweep.BandOf(name)]);
        }
        sweep.Describe(chosen, Path.Combine(_output, "merge.json"));
    }

    private void CheckFit(string baseFolder, string corpusFolder)
    {
        if (_data.VocabularySize > _model.Config.VocabularySize)
            throw new UserInputException($"{corpusFolder}: made with a tokenizer of {_data.VocabularySize} tokens; expected at most the {_model.Config.VocabularySize} of the model in {baseFolder}. Use the tokenizer that belongs to the model.");
        if (_config.SequenceLength > _model.Config.MaxPositions)
            throw new UserInputException($"train.sequence_length is {_config.SequenceLength}; expected at most {_model.Config.MaxPositions}, the longest context of the model in {baseFolder}. Lower it; longer documents are cut to it.");
    }
}
