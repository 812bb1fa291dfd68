using System.Text;
using System.Text.Json;
using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Distillation;

/// <summary>Has the teacher read the training shards once and stores what it would say next: see <see cref="TeacherStore"/>.</summary>
public static class TeachStep
{
    /// <summary>Windows that the teacher reads together.</summary>
    private const int Together = 8;

    /// <summary>Reads every document in windows, each from its own start; writes the store into the folder.</summary>
    /// <exception cref="UserInputException">The teacher has another tokenizer or too few tokens.</exception>
    public static void Run(DistillationConfig config, string corpusFolder, string outputFolder, IProgress<StepReport> progress, CancellationToken ct)
    {
        Directory.CreateDirectory(outputFolder);
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        progress.Report(new StepReport("loading the teacher", 0, null, "tensors"));
        using var teacher = ModelWeights.Load(config.Teacher, device);
        teacher.eval();
        var shards = TrainingData.TrainingShards(corpusFolder).Select(ShardReader.Open).ToList();
        try
        {
            Check(config, teacher.Config, shards, corpusFolder);
            // Rows of an embedding that no token uses are no answers: the student may have fewer of them.
            var vocabulary = Vocabulary(shards);
            var header = new TeacherStoreHeader(shards.Sum(shard => shard.TokenCount), config.TopK, TrainingData.DigestOf(corpusFolder));
            AtomicFile.Write(Path.Combine(outputFolder, TeacherStore.FileName), stream =>
            {
                stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header) + "\n"));
                var done = 0L;
                foreach (var windows in Windows(shards, config.Window).Chunk(Together))
                {
                    ct.ThrowIfCancellationRequested();
                    Write(stream, teacher, windows, config.TopK, vocabulary, device);
                    done += windows.Sum(window => window.Length);
                    progress.Report(new StepReport("asking the teacher", done, header.Tokens, "tokens"));
                }
            });
        }
        finally
        {
            shards.ForEach(shard => shard.Dispose());
        }
    }

    private static void Check(DistillationConfig config, ModelConfig teacher, List<ShardReader> shards, string corpusFolder)
    {
        var digest = Models.Tokenization.Tokenizer.Load(config.Teacher).Digest;
        if (shards.FirstOrDefault(shard => shard.TokenizerDigest != digest) is not null)
            throw new UserInputException($"{config.Teacher}: another tokenizer than the one that made {corpusFolder}; expected the same, ids are compared. Take a teacher of the same family, or rebuild the corpus with its tokenizer.");
        var vocabulary = Vocabulary(shards);
        if (teacher.VocabularySize < vocabulary)
            throw new UserInputException($"{config.Teacher}: the teacher knows {teacher.VocabularySize} tokens; expected at least {vocabulary}, those of the tokenizer that made {corpusFolder}. Take a teacher whose embedding fits its tokenizer.");
        if (config.TopK >= vocabulary || config.Window > teacher.MaxPositions)
            throw new UserInputException($"train.distillation: top_k is {config.TopK} and window {config.Window}; expected less than the tokenizer's {vocabulary} tokens and at most its context of {teacher.MaxPositions}. Lower them.");
    }

    /// <summary>Tokens of the tokenizer that made the shards.</summary>
    private static int Vocabulary(List<ShardReader> shards) => shards.Select(shard => shard.VocabularySize).DefaultIfEmpty(0).Max();

    /// <summary>Every token of every document once, in the shards' order.</summary>
    private static IEnumerable<int[]> Windows(List<ShardReader> shards, int window)
    {
        foreach (var shard in shards)
            for (var i = 0; i < shard.DocumentCount; i++)
                foreach (var part in shard.Document(i).Chunk(window)) yield return part;
    }

    private static void Write(Stream stream, CausalLanguageModel teacher, int[][] windows, int k, int vocabulary, Device device)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var length = windows.Max(window => window.Length);
        var rows = windows.Select(window => Data.RowBuilder.Build([new Data.WeightedTokens(window, new bool[window.Length])], length)).ToList();
        using var batch = new PackedBatch(rows, device);
        var hidden = teacher.Hidden(batch);
        for (var i = 0; i < windows.Length; i++)
        {
            var logs = nn.functional.log_softmax(teacher.Logits(hidden[i].narrow(0, 0, windows[i].Length)).to(float32), -1);
            var (values, ids) = logs.narrow(-1, 0, vocabulary).topk(k, -1);
            var (flatIds, flatLogs) = (ids.to(int32).Values<int>(), values.to(float16).Values<Half>());
            for (var t = 0; t < windows[i].Length; t++)
            {
                stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(flatIds.AsSpan(t * k, k)));
                stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(flatLogs.AsSpan(t * k, k)));
            }
        }
    }
}
