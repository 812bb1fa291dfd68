using System.Text.Json;
using Geobuk.Corpus.Packing;
using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.Data;
using Geobuk.Training.Modules;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Proofs;
using static TorchSharp.torch;

namespace Geobuk.Training;

/// <summary>
/// A corpus artifact as micro-batches. The sequences of step n are a pure function of n: epochs laid end to end, each packed
/// and shuffled by its own number, so a resumed training needs no cursor.
/// </summary>
public sealed class TrainingData : IDisposable
{
    /// <summary>Place of the general text among the training shards.</summary>
    private const int GeneralShard = 1;
    /// <summary>Sequences that the proofs look through for places where documents meet.</summary>
    private const int ProofSequences = 64;

    private static readonly string[] s_training = ["train.domain.bin", "train.general.bin"];

    private readonly List<ShardReader> _shards = [];
    private readonly IRowSource _training;
    private readonly TrainConfig _config;
    private readonly List<(string Name, PackedCorpus Corpus)> _validation = [];
    private readonly List<long> _epochStarts = [0];

    private TrainingData(string folder, string baseFolder, TrainConfig config, int seed)
    {
        _config = config;
        _training = Rows(folder, baseFolder, seed);
        foreach (var name in new[] { Forgetting.ForgettingMeter.Domain, Forgetting.ForgettingMeter.General })
        {
            var held = Pack([$"validation.{name}.bin"], folder, seed);
            if (held.TokenCount > 0) _validation.Add((name, held));
        }
        Digest = DigestOf(folder);
    }

    /// <summary>SHA-256 over the shards' content, 16 digits.</summary>
    public string Digest { get; }

    /// <summary>Vocabulary of the tokenizer that made the shards.</summary>
    public int VocabularySize => _shards.Select(shard => shard.VocabularySize).DefaultIfEmpty(0).Max();

    /// <summary>Held-out sets by name, domain and general, those that are not empty.</summary>
    public IReadOnlyList<string> ValidationSets => [.. _validation.Select(set => set.Name)];

    /// <summary>What a test breaks.</summary>
    internal JobFaults? Faults { get; init; }

    /// <summary>Chats or pairs left out because they are longer than a row.</summary>
    public int TooLong => _training switch { ChatRows chats => chats.TooLong, PreferenceRows pairs => pairs.TooLong, _ => 0 };

    /// <summary>The pairs, for the objective dpo.</summary>
    internal PreferenceRows? Pairs => _training as PreferenceRows;

    /// <summary>Opens the shards of a corpus artifact, and the chats or pairs that the recipe names.</summary>
    public static TrainingData Open(string corpusFolder, string baseFolder, TrainConfig config, int seed) => Open(corpusFolder, baseFolder, config, seed, null);

    /// <summary>The same with something broken.</summary>
    internal static TrainingData Open(string corpusFolder, string baseFolder, TrainConfig config, int seed, JobFaults? faults) =>
        new(corpusFolder, baseFolder, config, seed) { Faults = faults };

    /// <summary>The training shards of a corpus artifact, in the order in which their tokens are counted.</summary>
    internal static IEnumerable<string> TrainingShards(string corpusFolder) => s_training.Select(name => Path.Combine(corpusFolder, name)).Where(File.Exists);

    /// <summary>SHA-256 over the shards' content, 16 digits.</summary>
    internal static string DigestOf(string corpusFolder) => InputDigests.Files(Directory.EnumerateFiles(corpusFolder, "*.bin"));

    /// <summary>Optimizer steps that show every training token <paramref name="epochs"/> times.</summary>
    public long StepsFor(double epochs) =>
        Math.Max(1, (long)Math.Ceiling(epochs * _training.Count(0) / (_config.MicroBatch * _config.GradientAccumulation)));

    /// <summary>A worker's micro-batches of an optimizer step, counted from 0.</summary>
    public IEnumerable<MicroBatch> Batches(long step, Device device, ICollective workers)
    {
        var first = step * _config.MicroBatch * _config.GradientAccumulation;
        for (var i = 0; i < _config.GradientAccumulation; i++)
        {
            if (!workers.Has(i)) continue;
            var start = first + i * _config.MicroBatch;
            var sequences = Enumerable.Range(0, _config.MicroBatch).Select(j => Sequence(start + j)).ToArray();
            var replayed = _config.ReplayDistillation ? sequences.Where(sequence => sequence.Shards.Contains(GeneralShard)).ToArray() : [];
            yield return new MicroBatch(Batch(sequences, device), replayed.Length > 0 ? Batch(replayed, device) : null);
        }
    }

    /// <summary>Short windows of the first sequences, for the proofs before a job.</summary>
    internal IReadOnlyList<PackedTokens> ProofWindows =>
        ProofSample.From(Enumerable.Range(0, Math.Min(ProofSequences, _training.Count(0))).Select(index => Sequence(index)));

    /// <summary>Windows as the job would batch them, for no teacher.</summary>
    internal MicroBatch ProofBatch(IReadOnlyList<PackedTokens> windows, Device device) => new(Batch([.. windows], device, marked: false), null);

    /// <summary>The micro-batches of a held-out set.</summary>
    public IEnumerable<PackedBatch> Validation(string name, Device device)
    {
        var corpus = _validation.First(set => set.Name == name).Corpus;
        for (var start = 0; start < corpus.SequenceCount(0); start += _config.MicroBatch)
        {
            var count = Math.Min(_config.MicroBatch, corpus.SequenceCount(0) - start);
            yield return Batch([.. Enumerable.Range(start, count).Select(index => corpus.Get(0, index))], device);
        }
    }

    /// <summary>The same micro-batches, each with the document of every token; -1 in the padding.</summary>
    public IEnumerable<(PackedBatch Batch, int[] Documents)> HeldOut(string name, Device device)
    {
        var corpus = _validation.First(set => set.Name == name).Corpus;
        var start = 0;
        foreach (var batch in Validation(name, device))
        {
            var count = (int)batch.InputIds.shape[0];
            yield return (batch, [.. Enumerable.Range(start, count).SelectMany(index => corpus.Documents(0, index))]);
            start += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _shards.ForEach(shard => shard.Dispose());

    private PackedTokens Sequence(long index)
    {
        while (_epochStarts[^1] <= index) _epochStarts.Add(_epochStarts[^1] + _training.Count(_epochStarts.Count - 1));
        var epoch = _epochStarts.FindLastIndex(start => start <= index);
        return _training.Get(epoch, (int)(index - _epochStarts[epoch]));
    }

    /// <summary>From the corpus' report; 1 where there is none.</summary>
    private static int ReplayPasses(string folder)
    {
        var path = Path.Combine(folder, "corpus.json");
        if (!File.Exists(path)) return 1;
        using var report = JsonDocument.Parse(File.ReadAllBytes(path));
        return report.RootElement.TryGetProperty("replay", out var replay) && replay.TryGetProperty("passes", out var passes) ? passes.GetInt32() : 1;
    }

    private IRowSource Rows(string folder, string baseFolder, int seed)
    {
        if (_config.Objective == TrainObjective.Sft) return new ChatRows(_config.Data, ChatEncoder.Load(baseFolder), _config.SequenceLength, seed);
        if (_config.Objective == TrainObjective.Dpo) return new PreferenceRows(_config.Data, ChatEncoder.Load(baseFolder), _config.SequenceLength, seed);
        var corpus = Pack(s_training, folder, seed, [1, ReplayPasses(folder)]);
        if (corpus.TokenCount == 0)
            throw new UserInputException($"{folder}: no training tokens; expected at least one document. Check corpus.domain of the recipe.");
        if (corpus.TokenCount < _config.SequenceLength)
            throw new UserInputException($"{folder}: {corpus.TokenCount} training tokens; expected at least train.sequence_length ({_config.SequenceLength}). Lower train.sequence_length or add documents.");
        return new CorpusRows(corpus);
    }

    private PackedCorpus Pack(string[] names, string folder, int seed, int[]? rotation = null)
    {
        var shards = names.Select(name => Path.Combine(folder, name)).Where(File.Exists).Select(ShardReader.Open).ToList();
        _shards.AddRange(shards);
        return new PackedCorpus(shards, _config.SequenceLength, (ulong)(uint)seed, rotation?[..shards.Count]);
    }

    private PackedBatch Batch(PackedTokens[] sequences, Device device, bool marked = true)
    {
        var batch = new PackedBatch(sequences, device, marked && _config.ReplayDistillation ? GeneralShard : null);
        return Faults?.Batch is { } change ? change(batch) : batch;
    }
}
