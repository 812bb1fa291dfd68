using System.Text.Json;
using Geobuk.Corpus.Packing;
using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
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

    private readonly List<ShardReader> _shards = [];
    private readonly PackedCorpus _training;
    private readonly TrainConfig _config;
    private readonly List<(string Name, PackedCorpus Corpus)> _validation = [];
    private readonly List<long> _epochStarts = [0];

    private TrainingData(string folder, TrainConfig config, int seed)
    {
        _config = config;
        _training = Pack(["train.domain.bin", "train.general.bin"], folder, seed, [1, ReplayPasses(folder)]);
        if (_training.TokenCount == 0)
            throw new UserInputException($"{folder}: no training tokens; expected at least one document. Check corpus.domain of the recipe.");
        if (_training.TokenCount < config.SequenceLength)
            throw new UserInputException($"{folder}: {_training.TokenCount} training tokens; expected at least train.sequence_length ({config.SequenceLength}). Lower train.sequence_length or add documents.");
        foreach (var name in new[] { "domain", "general" })
        {
            var held = Pack([$"validation.{name}.bin"], folder, seed);
            if (held.TokenCount > 0) _validation.Add((name, held));
        }
        Digest = InputDigests.Files(Directory.EnumerateFiles(folder, "*.bin"));
    }

    /// <summary>SHA-256 over the shards' content, 16 digits.</summary>
    public string Digest { get; }

    /// <summary>Vocabulary of the tokenizer that made the shards.</summary>
    public int VocabularySize => _shards.Max(shard => shard.VocabularySize);

    /// <summary>Held-out sets by name, domain and general, those that are not empty.</summary>
    public IReadOnlyList<string> ValidationSets => [.. _validation.Select(set => set.Name)];

    /// <summary>What a test breaks.</summary>
    internal JobFaults? Faults { get; init; }

    /// <summary>Opens the shards of a corpus artifact.</summary>
    public static TrainingData Open(string corpusFolder, TrainConfig config, int seed) => Open(corpusFolder, config, seed, null);

    /// <summary>The same with something broken.</summary>
    internal static TrainingData Open(string corpusFolder, TrainConfig config, int seed, JobFaults? faults) => new(corpusFolder, config, seed) { Faults = faults };

    /// <summary>Optimizer steps that show every training token <paramref name="epochs"/> times.</summary>
    public long StepsFor(double epochs) =>
        Math.Max(1, (long)Math.Ceiling(epochs * _training.SequenceCount(0) / (_config.MicroBatch * _config.GradientAccumulation)));

    /// <summary>The micro-batches of an optimizer step, counted from 0.</summary>
    public IEnumerable<MicroBatch> Batches(long step, Device device)
    {
        var first = step * _config.MicroBatch * _config.GradientAccumulation;
        for (var i = 0; i < _config.GradientAccumulation; i++)
        {
            var start = first + i * _config.MicroBatch;
            var sequences = Enumerable.Range(0, _config.MicroBatch).Select(j => Sequence(start + j)).ToArray();
            var replayed = _config.ReplayDistillation ? sequences.Where(sequence => sequence.Shards.Contains(GeneralShard)).ToArray() : [];
            yield return new MicroBatch(Batch(sequences, device), replayed.Length > 0 ? Batch(replayed, device) : null);
        }
    }

    /// <summary>Short windows of the first sequences, for the proofs before a job.</summary>
    internal IReadOnlyList<PackedTokens> ProofWindows =>
        ProofSample.From(Enumerable.Range(0, Math.Min(ProofSequences, _training.SequenceCount(0))).Select(index => Sequence(index)));

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
        while (_epochStarts[^1] <= index) _epochStarts.Add(_epochStarts[^1] + _training.SequenceCount(_epochStarts.Count - 1));
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

    private PackedCorpus Pack(string[] names, string folder, int seed, int[]? rotation = null)
    {
        var shards = names.Select(name => Path.Combine(folder, name)).Where(File.Exists).Select(ShardReader.Open).ToList();
        _shards.AddRange(shards);
        return new PackedCorpus(shards, _config.SequenceLength, (ulong)(uint)seed, rotation?[..shards.Count]);
    }

    private PackedBatch Batch(PackedTokens[] sequences, Device device, bool marked = true)
    {
        var batch = new PackedBatch(
            [.. sequences.SelectMany(sequence => sequence.Tokens)],
            [.. sequences.SelectMany(sequence => sequence.Positions)],
            [.. sequences.SelectMany(sequence => sequence.DocumentIds)],
            sequences[0].Tokens.Length,
            device,
            marked && _config.ReplayDistillation ? [.. sequences.SelectMany(sequence => sequence.Shards).Select(shard => shard == GeneralShard)] : null);
        return Faults?.Batch is { } change ? change(batch) : batch;
    }
}
