using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Distillation;
using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Distillation;

public sealed class TeacherStoreTests(TinyModel tiny) : IClassFixture<TinyModel>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-teach-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Answers_OfAPackedBatch_AreTheTeachersOwn()
    {
        var config = new DistillationConfig { Teacher = tiny.Base, TopK = 8, Window = 128 };
        TeachStep.Run(config, tiny.Corpus, _folder, new InlineProgress(_ => { }), default);
        using var data = TrainingData.Open(tiny.Corpus, tiny.Base, new TrainConfig { SequenceLength = 96, MicroBatch = 4 }, 3);
        using var store = TeacherStore.Open(_folder, data.Digest);
        using var teacher = ModelWeights.Load(tiny.Base, CPU);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        foreach (var batch in data.Batches(0, CPU, new SoleWorker()))
        {
            // Whole documents fit both the rows and the windows, but for those that the packer cut.
            var (ids, logs) = store.Answers(batch.Sequences);
            var all = nn.functional.log_softmax(teacher.Logits(Geobuk.Training.Objectives.ChunkedCrossEntropy.Selected(teacher, batch.Sequences)), -1);
            var differences = (all.gather(1, ids) - logs).abs().amax([1]).data<float>().ToArray();
            Assert.True(differences.Count(difference => difference < 5e-3) > differences.Length * 0.6, $"{differences.Count(difference => difference < 5e-3)} of {differences.Length}");
        }
        Assert.Equal(48, store.Header.RecordBytes);
        Assert.True(new FileInfo(Path.Combine(_folder, TeacherStore.FileName)).Length < 48 * store.Header.Tokens + 200);
    }

    [Theory]
    [InlineData(480)]
    [InlineData(200)]
    public void Run_TeacherWithAnotherNumberOfRows_AnswersWithTheTokenizersTokensOrIsRefused(int rows)
    {
        var teacher = Path.Combine(_folder, "teacher");
        using (var model = new CausalLanguageModel(tiny.Config with { VocabularySize = rows }, CPU))
        {
            ModelWeights.Initialize(model, 9);
            ModelWeights.Save(model, Geobuk.Models.Checkpoints.TensorDataType.F32, tiny.Base, teacher);
        }
        var json = Path.Combine(teacher, "config.json");
        File.WriteAllText(json, File.ReadAllText(json).Replace($"\"vocab_size\": {tiny.Config.VocabularySize}", $"\"vocab_size\": {rows}", StringComparison.Ordinal));
        var config = new DistillationConfig { Teacher = teacher, TopK = 100, Window = 96 };
        if (rows < tiny.Config.VocabularySize)
        {
            Assert.Contains("the teacher knows 200 tokens; expected at least", Assert.Throws<UserInputException>(() => TeachStep.Run(config, tiny.Corpus, _folder, new InlineProgress(_ => { }), default)).Message);
            return;
        }
        TeachStep.Run(config, tiny.Corpus, _folder, new InlineProgress(_ => { }), default);
        var train = new TrainConfig { SequenceLength = 96, MicroBatch = 2 };
        using var data = TrainingData.Open(tiny.Corpus, tiny.Base, train, 5);
        using var store = TeacherStore.Open(_folder, data.Digest);
        foreach (var batch in data.Batches(0, CPU, new SoleWorker()))
        {
            using (batch) Assert.InRange(store.Answers(batch.Sequences).Ids.max().item<long>(), 0, data.VocabularySize - 1);
        }
    }

    [Fact]
    public void Run_OfAnotherTokenizersTeacher_IsRefused()
    {
        var config = new DistillationConfig { Teacher = Geobuk.Tests.TestPaths.Repository("samples", "ax-pico"), TopK = 8 };
        Assert.Contains("another tokenizer", Assert.Throws<UserInputException>(() => TeachStep.Run(config, tiny.Corpus, _folder, new InlineProgress(_ => { }), default)).Message);
    }
}
