using Geobuk.Models;
using Geobuk.Recipes;
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
        foreach (var batch in data.Batches(0, CPU))
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

    [Fact]
    public void Run_OfAnotherTokenizersTeacher_IsRefused()
    {
        var config = new DistillationConfig { Teacher = Geobuk.Tests.TestPaths.Repository("samples", "ax-pico"), TopK = 8 };
        Assert.Contains("another tokenizer", Assert.Throws<UserInputException>(() => TeachStep.Run(config, tiny.Corpus, _folder, new InlineProgress(_ => { }), default)).Message);
    }
}
